//! Many people at once: what a file's preview says, what its import does, and what the export holds.

use super::*;

impl Client {
    fn upload(&self, file: &str) -> (u16, Value) {
        let answer = self.raw(Method::POST, "/api/imports", file);
        (answer.status, answer.json())
    }

    /// The upload's answer, and that of the import that follows it.
    fn import(&self, file: &str) -> (Value, Option<(u16, Value)>) {
        let (status, preview) = self.upload(file);
        assert_eq!(status, 200, "{preview}");
        let path = format!("/api/imports/{}", text(&preview["id"]));
        let imported = self.try_app(Method::POST, &path, None);
        (preview, imported)
    }

    fn writes(&self) -> usize {
        self.truth()["writes"].as_array().expect("writes").len()
    }
}

fn problems(preview: &Value) -> Vec<(u64, String)> {
    let rows = preview["rows"].as_array().expect("rows");
    rows.iter().map(|row| (row["row"].as_u64().expect("a number"), text(&row["problem"]))).collect()
}

fn file(people: impl IntoIterator<Item = (String, &'static str)>) -> String {
    let lines = people.into_iter().map(|(email, role)| format!("{email},{role}\n"));
    format!("Email,Role\n{}", lines.collect::<String>())
}

#[tokio::test]
async fn the_preview_says_what_is_wrong_with_each_row_and_changes_nothing() {
    with(Options::default(), |client| {
        client.invite("waiting@acme.example", "Learner");
        let oneself = client.ready.account.email.to_uppercase();
        let (status, preview) = client.upload(&format!(
            "\u{feff}name, EMAIL ,Role\r\n\"Doe, Jane\",Jane@acme.example,author\r\n\r\nJoe,joe,Learner\r\n\
             X,jane@acme.example,Learner\r\nX,{oneself},Admin\r\nX,waiting@acme.example,Admin\r\n\
             X,boss@acme.example,Boss\r\nshort\r\n,sam@acme.example,Learner"
        ));
        assert_eq!(status, 200, "{preview}");
        let expected = [
            (2, ""),
            (4, "Not a valid email address"),
            (5, "Listed twice in this file"),
            (6, "Already a member"),
            (7, "Already invited"),
            (8, "Unknown role"),
            (9, "Not a valid email address"),
            (10, ""),
        ];
        assert_eq!(problems(&preview), expected.map(|(row, what)| (row, what.to_owned())));
        assert_eq!(preview["good"], 2);
        let first = json!({ "row": 2, "email": "Jane@acme.example", "role": "author", "name": "Doe, Jane", "problem": "" });
        assert_eq!(preview["rows"][0], first);
        assert_eq!((client.mutations().len(), client.writes()), (1, 2), "an upload is a write and no mutation");
    })
    .await;
}

#[tokio::test]
async fn one_write_invites_everybody_who_can_be_invited() {
    with(Options::default(), |client| {
        let people = (0..500).map(|number| match number {
            7 => ("nobody".to_owned(), "Learner"),
            _ => (format!("person{number}@acme.example"), "Learner"),
        });
        let (preview, imported) = client.import(&file(people));
        assert_eq!(preview["good"], 499);
        assert_eq!(imported, Some((200, json!({ "invited": 499 }))));
        let mutations = client.mutations();
        assert!(mutations.len() == 499 && mutations.iter().all(|(kind, _)| kind == "invite"));
        let truth = client.truth();
        assert_eq!(truth["mails"].as_array().expect("mails").len(), 499);
        assert_eq!(client.writes(), 2);
        let again = client.try_app(Method::POST, &format!("/api/imports/{}", text(&preview["id"])), None);
        assert_eq!(again.expect("an answer").0, 410, "an import is done once");
        client.import("Email,Role,Name\njd@acme.example,Learner,Jane Doe\na.b@acme.example,Learner,\n");
        let found = client.page("q=jd@acme.example");
        assert_eq!(
            (&found["rows"][0]["name"], &found["rows"][0]["status"]),
            (&json!("Jane Doe"), &json!("Pending"))
        );
        assert_eq!(client.page("q=a.b@acme.example")["rows"][0]["name"], "A B");
    })
    .await;
}

#[tokio::test]
async fn whoever_came_in_since_the_upload_is_left_alone() {
    with(Options::default(), |client| {
        let (_, preview) =
            client.upload("Email,Role\nfirst@acme.example,Learner\nnext@acme.example,Learner\n");
        client.invite("first@acme.example", "Author");
        let path = format!("/api/imports/{}", text(&preview["id"]));
        assert_eq!(client.app(Method::POST, &path, None), (200, json!({ "invited": 1 })));
        assert_eq!(client.page("q=first@acme.example")["rows"][0]["role"], "Author");
        assert_eq!(client.mutations().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn too_few_seats_refuse_the_whole_import() {
    with(Options::default(), |client| {
        let free = client.app(Method::GET, "/api/billing", None).1["seats"].clone();
        let free =
            (free["limit"].as_u64().expect("a number") - free["used"].as_u64().expect("a number")) as usize;
        let people = |authors: usize| {
            let authors = (0..authors).map(|number| (format!("author{number}@acme.example"), "Author"));
            file(authors.chain([("learner@acme.example".to_owned(), "Learner")]))
        };
        let (preview, refused) = client.import(&people(free + 1));
        assert_eq!(preview["good"], free + 2);
        let (status, answer) = refused.expect("an answer");
        assert!(status == 409 && text(&answer["message"]).contains("seat limit"), "{status} {answer}");
        assert!(client.mutations().is_empty());
        assert_eq!(client.import(&people(free)).1, Some((200, json!({ "invited": free + 1 }))));
    })
    .await;
}

#[tokio::test]
async fn files_that_cannot_be_imported_are_refused_with_a_reason() {
    with(Options::default(), |client| {
        let refused = |file: &str, status: u16, words: &str| {
            let (given, body) = client.upload(file);
            assert!(given == status && text(&body["message"]).contains(words), "{given} {body}");
        };
        refused("", 422, "empty");
        refused("Email,Role\n\n,,\n", 422, "no people");
        refused("Mail;Role\na@b.example;Admin\n", 422, "no Email or no Role column");
        let many = file((0..501).map(|number| (format!("person{number}@acme.example"), "Learner")));
        refused(&many, 422, "501 people. You can import at most 500");
        refused(&"x".repeat(1_200_000), 413, "too large");
        assert_eq!(client.app(Method::POST, "/api/imports/imp_1", None).0, 410);
        assert!(client.mutations().is_empty());
    })
    .await;
}

#[tokio::test]
async fn the_faults_of_writes_bite_imports_too() {
    let file = "Email,Role\none@acme.example,Learner\ntwo@acme.example,Learner\n";
    with(Options::default(), move |client| {
        client.faults(json!({ "names": ["toast_lies"], "mode": "says_done" }));
        assert_eq!(client.import(file).1, Some((200, json!({ "invited": 2 }))));
        assert!(client.mutations().is_empty());
        client.faults(json!({ "names": ["late_commit"], "late_ms": 60_000 }));
        assert_eq!(client.import(file).1.expect("an answer").0, 202);
        assert!(client.mutations().is_empty());
        client.control(Method::POST, "/clock", Some(&json!({ "seconds": 61 })));
        assert_eq!(client.mutations().len(), 2);
        client.faults(json!({ "names": ["lost_response"], "mode": "applied" }));
        assert_eq!(client.import("Email,Role\nthree@acme.example,Learner\n").1, None);
        assert_eq!(client.mutations().len(), 3);
    })
    .await;
}

#[tokio::test]
async fn the_export_holds_every_member() {
    with(Options { members: 90, ..Options::default() }, |client| {
        client.import("Email,Role,Name\njd@acme.example,Learner,\"Doe, \"\"JD\"\" Jane\"\n");
        let writes = client.writes();
        let answer = client.raw(Method::GET, "/api/members/export", "");
        assert_eq!(answer.status, 200);
        let lines: Vec<&str> = answer.text.lines().collect();
        assert_eq!((lines.len(), lines[0]), (92, "Name,Email,Role,Status"));
        assert!(lines.contains(&r#""Doe, ""JD"" Jane",jd@acme.example,Learner,Pending"#));
        let emails: BTreeSet<String> = super::super::csv::read(&answer.text)
            .into_iter()
            .skip(1)
            .map(|record| record.fields[1].clone())
            .collect();
        assert_eq!(emails, client.emails());
        assert_eq!(client.writes(), writes, "an export only reads");
    })
    .await;
}
