//! `logout`

use serde_json::json;

use super::Context;

pub(super) async fn run(context: &Context) -> anyhow::Result<u8> {
    let engine = context.engine().await?;
    let forgotten = engine.logout()?;
    let printer = &context.printer;
    if printer.json() {
        printer.value(&json!({ "sessions": forgotten.sessions, "refusal": forgotten.refusal }));
        return Ok(0);
    }
    let sessions = match forgotten.sessions {
        0 => "there was no kept session".to_owned(),
        1 => "the kept session is forgotten; at the console it ends by itself".to_owned(),
        more => format!("{more} kept sessions are forgotten; at the console they end by themselves"),
    };
    printer.say(&sessions);
    if forgotten.refusal {
        printer.say("what the console refused is tried again by the next run");
    }
    Ok(0)
}
