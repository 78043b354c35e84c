//! A run that died is taken up after others did something meanwhile.

use crate::support::practice::Practice;

/// A run that means to do this, and dies before it does anything.
fn dies(practice: &Practice, args: &[&str]) -> String {
    practice.check_command(practice.command(args).env("SEATWRIGHT_CRASH_POINT", "intended=self"), -1);
    practice.report()["run"].as_str().unwrap().to_owned()
}

/// No list tells that an invitation was sent again: only the journal keeps a resumed run from sending a second mail.
#[test]
fn an_invitation_that_was_sent_again_since_is_not_sent_once_more() {
    let practice = Practice::with(12, &[]);
    let invited = practice.truth().somebody("learner", "pending", "");
    let resend = ["resend", invited.as_str(), "--yes"];
    let died = dies(&practice, &resend);
    practice.check(&resend, 0);
    assert_eq!(practice.truth().mails_to(&invited), 1);
    let resumed = practice.json(&["resume", &died], 4);
    let change = &resumed["changes"][0];
    assert_eq!(
        (&change["outcome"], &change["settled_by"]),
        (&"skipped".into(), &"the journal, when resuming".into())
    );
    assert_eq!(practice.truth().mails_to(&invited), 1, "{resumed:#}");

    // Nobody sent anything since: it is the resumed run that does.
    let died = dies(&practice, &resend);
    let resumed = practice.json(&["resume", &died, "--yes"], 0);
    assert_eq!((&resumed["changes"][0]["outcome"], practice.truth().mails_to(&invited)), (&"done".into(), 2));
    practice.nothing_is_left();
}
