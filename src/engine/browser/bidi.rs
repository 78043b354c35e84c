//! WebDriver BiDi beside the classic session: commands, their answers, and events, over one web socket (W3C WebDriver
//! BiDi, section "Transport"). Knows no event by name.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

/// How long the connection may take, and the answer to most commands.
const LIMIT: Duration = Duration::from_secs(10);

/// Whoever is told what happens in the browser.
pub(super) trait Listener: Send + 'static {
    /// Something happened. What is returned is sent at once, and its answer is not waited for: the browser may be holding a
    /// request until then.
    fn event(&mut self, event: &str, params: &Value) -> Option<(&'static str, Value)>;

    /// Nothing more will be told, for this reason.
    fn gone(&mut self, cause: String);
}

/// A connection. It ends with its last clone.
#[derive(Clone)]
pub(super) struct Bidi {
    commands: mpsc::UnboundedSender<Command>,
}

struct Command {
    method: &'static str,
    params: Value,
    answer: oneshot::Sender<Result<Value, String>>,
}

impl Bidi {
    /// Connects to the address that the session gave as `webSocketUrl`.
    ///
    /// # Errors
    /// Why not, in words.
    pub(super) async fn connect(address: &str, listener: impl Listener) -> Result<Self, String> {
        // Without delay: the browser holds each request of the page until it is answered here.
        let connecting = connect_async_with_config(address, None, true);
        let (socket, _) = timeout(LIMIT, connecting)
            .await
            .map_err(|_| format!("no connection within {LIMIT:?}"))?
            .map_err(|error| error.to_string())?;
        let (commands, queue) = mpsc::unbounded_channel();
        tokio::spawn(Pump { socket, waiting: BTreeMap::new(), last: 0, listener }.run(queue));
        Ok(Self { commands })
    }

    /// Sends a command and waits for its answer.
    ///
    /// # Errors
    /// What the browser has against it, in its words; or that there was no answer in time.
    pub(super) async fn send(&self, method: &'static str, params: Value) -> Result<Value, String> {
        self.send_within(LIMIT, method, params).await
    }

    /// The same with another time for the answer.
    ///
    /// # Errors
    /// As [`Bidi::send`].
    pub(super) async fn send_within(
        &self,
        limit: Duration,
        method: &'static str,
        params: Value,
    ) -> Result<Value, String> {
        let (answer, answered) = oneshot::channel();
        let gone = || format!("{method}: the connection is gone");
        self.commands.send(Command { method, params, answer }).map_err(|_| gone())?;
        match timeout(limit, answered).await {
            Ok(Ok(answer)) => answer.map_err(|error| format!("{method}: {error}")),
            Ok(Err(_)) => Err(gone()),
            Err(_) => Err(format!("{method}: no answer within {limit:?}")),
        }
    }
}

struct Pump<L> {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    waiting: BTreeMap<u64, oneshot::Sender<Result<Value, String>>>,
    last: u64,
    listener: L,
}

impl<L: Listener> Pump<L> {
    async fn run(mut self, mut queue: mpsc::UnboundedReceiver<Command>) {
        let cause = loop {
            let done = tokio::select! {
                command = queue.recv() => match command {
                    Some(Command { method, params, answer }) => {
                        let sent = self.send(method, params).await;
                        self.waiting.insert(self.last, answer);
                        sent
                    }
                    // Nobody is left who could ask.
                    None => Err("it was let go".to_owned()),
                },
                message = self.socket.next() => match message {
                    Some(Ok(Message::Text(text))) => self.take(&text).await,
                    Some(Ok(Message::Close(_))) | None => Err("the browser closed it".to_owned()),
                    Some(Ok(_)) => Ok(()),
                    Some(Err(error)) => Err(error.to_string()),
                },
            };
            if let Err(cause) = done {
                break cause;
            }
        };
        self.listener.gone(cause);
    }

    async fn send(&mut self, method: &str, params: Value) -> Result<(), String> {
        self.last += 1;
        let command = json!({ "id": self.last, "method": method, "params": params });
        self.socket.send(Message::text(command.to_string())).await.map_err(|error| error.to_string())
    }

    async fn take(&mut self, text: &str) -> Result<(), String> {
        let Ok(message) = serde_json::from_str::<Value>(text) else { return Ok(()) };
        if message["type"] == "event" {
            let event = message["method"].as_str().unwrap_or_default();
            return match self.listener.event(event, &message["params"]) {
                Some((method, params)) => self.send(method, params).await,
                None => Ok(()),
            };
        }
        let Some(answer) = message["id"].as_u64().and_then(|id| self.waiting.remove(&id)) else {
            return Ok(()); // to a decision about a request, which may be gone by now
        };
        let told = match message["type"].as_str() {
            Some("success") => Ok(message["result"].clone()),
            _ => Err(format!("{}: {}", message["error"], message["message"])),
        };
        // Whoever asked may have given up.
        let _ = answer.send(told);
        Ok(())
    }
}
