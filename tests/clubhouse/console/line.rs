//! Connections that can fail: an answer comes in two pieces, or not at all.
//!
//! Who answers a request can only say what is answered. What happens to the bytes on their way is arranged on the [`Line`]
//! of the connection beforehand.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Sleep;

/// What is to become of the next bytes.
#[derive(Debug, Default, Clone, Copy)]
enum Trouble {
    #[default]
    None,
    /// Half of them leave now, the others after a pause.
    Pause(Duration),
    /// Nothing leaves any more.
    Cut,
}

/// One connection, as who answers on it sees it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Line(Arc<Mutex<Trouble>>);

impl Line {
    /// The next answer stops in its middle for so long.
    pub(crate) fn pause(&self, pause: Duration) {
        *self.trouble() = Trouble::Pause(pause);
    }

    /// The connection ends without another byte.
    pub(crate) fn cut(&self) {
        *self.trouble() = Trouble::Cut;
    }

    fn trouble(&self) -> MutexGuard<'_, Trouble> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connected<IncomingStream<'_, Harbour>> for Line {
    fn connect_info(stream: IncomingStream<'_, Harbour>) -> Self {
        stream.io().line.clone()
    }
}

/// Listens, and gives each connection its line.
pub(crate) struct Harbour(pub(crate) TcpListener);

impl Listener for Harbour {
    type Io = Moored;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Moored, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        (Moored { stream, line: Line::default(), pausing: None }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// A connection with a line.
pub(crate) struct Moored {
    stream: TcpStream,
    line: Line,
    pausing: Option<Pin<Box<Sleep>>>,
}

impl AsyncRead for Moored {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Moored {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let Self { stream, line, pausing } = self.get_mut();
        if let Some(pause) = pausing {
            ready!(pause.as_mut().poll(cx));
            *pausing = None;
        }
        let mut trouble = line.trouble();
        match *trouble {
            Trouble::None => Pin::new(stream).poll_write(cx, bytes),
            Trouble::Cut => Poll::Ready(Err(io::ErrorKind::ConnectionReset.into())),
            Trouble::Pause(pause) => {
                let half = bytes.len().div_ceil(2);
                let written = ready!(Pin::new(stream).poll_write(cx, &bytes[..half]));
                *trouble = Trouble::None;
                *pausing = Some(Box::pin(tokio::time::sleep(pause)));
                Poll::Ready(written)
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}
