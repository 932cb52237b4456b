//! The admin listener: few connections, each with a deadline.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use prometheus::Registry;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{Liveness, Readiness, routes};

/// Connections served at once; the next ones wait in the listener's backlog. A scraper, two probes and a few people need far fewer.
const MAX_CONNECTIONS: usize = 64;
/// One connection, one request: from accept to the last byte of the answer. A client that reads or writes slowly is cut off here,
/// so that none can hold a place; above the 10 s that Prometheus waits for a scrape by default.
const EXCHANGE_DEADLINE: Duration = Duration::from_secs(15);
/// How long open exchanges may go on once the server is told to stop.
const DRAIN_DEADLINE: Duration = Duration::from_secs(2);
/// The pause after a failed accept, which mostly means that the process is out of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(500);

/// The bound admin port.
#[derive(Debug)]
pub struct AdminServer {
    listener: TcpListener,
    local_addr: SocketAddr,
    exchange_deadline: Duration,
}

/// Why the admin port cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// The address cannot be bound.
    #[error("admin.listen: cannot bind {addr}: {}", reason(.cause))]
    Bind {
        /// The address that was asked for.
        addr: SocketAddr,
        /// The system's error. It is part of the message, so it is no `source`.
        cause: io::Error,
    },
}

impl AdminServer {
    /// Takes the port; port 0 takes any free one.
    ///
    /// # Errors
    ///
    /// The address is in use, not this machine's, or not allowed.
    pub async fn bind(addr: SocketAddr) -> Result<Self, AdminError> {
        let refused = |cause| AdminError::Bind { addr, cause };
        let listener = TcpListener::bind(addr).await.map_err(refused)?;
        let local_addr = listener.local_addr().map_err(refused)?;
        Ok(Self { listener, local_addr, exchange_deadline: EXCHANGE_DEADLINE })
    }

    /// The address it listens on, with the port that was taken.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// Answers until `stop` is cancelled, then ends the open exchanges within two seconds.
    ///
    /// Give it a token of its own, cancelled after the stages have drained: probes go on during a drain.
    pub async fn serve(self, registry: Registry, readiness: Readiness, liveness: Liveness, stop: CancellationToken) {
        let router = routes::router(registry, readiness, liveness);
        let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        let mut exchanges = JoinSet::new();
        tracing::info!(addr = %self.local_addr, "admin port open");
        while let Some(accepted) = stop.run_until_cancelled(accept(&self.listener, &places)).await {
            while exchanges.try_join_next().is_some() {}
            match accepted {
                Ok((stream, place)) => {
                    exchanges.spawn(exchange(stream, place, router.clone(), self.exchange_deadline));
                }
                Err(error) => {
                    tracing::warn!(%error, "admin port cannot accept");
                    stop.run_until_cancelled(sleep(ACCEPT_PAUSE)).await;
                }
            }
        }
        drop(self.listener);
        let drained = async { while exchanges.join_next().await.is_some() {} };
        if timeout(DRAIN_DEADLINE, drained).await.is_err() {
            tracing::debug!("admin exchanges cut off");
        }
    }
}

/// The next connection, taken only once there is a place for it.
async fn accept(listener: &TcpListener, places: &Arc<Semaphore>) -> io::Result<(TcpStream, OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.map_err(io::Error::other)?;
    let (stream, _) = listener.accept().await?;
    Ok((stream, place))
}

async fn exchange(stream: TcpStream, place: OwnedSemaphorePermit, router: Router, deadline: Duration) {
    let connection = http1::Builder::new()
        .keep_alive(false)
        // The deadline of the whole exchange covers the header.
        .header_read_timeout(None)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    match timeout(deadline, connection).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "admin exchange failed"),
        Err(_) => tracing::debug!("admin client too slow, cut off"),
    }
    drop(place);
}

fn reason(cause: &io::Error) -> String {
    match cause.kind() {
        io::ErrorKind::AddrInUse => "address in use".into(),
        io::ErrorKind::AddrNotAvailable => "not an address of this machine".into(),
        io::ErrorKind::PermissionDenied => "permission denied".into(),
        _ => cause.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test]
    async fn a_client_that_never_ends_its_header_is_cut_off() {
        let mut server = AdminServer::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        server.exchange_deadline = Duration::from_millis(100);
        let addr = server.local_addr();
        let stop = CancellationToken::new();
        let serving = tokio::spawn(server.serve(Registry::new(), Readiness::new(), Liveness::new(), stop.clone()));
        let mut client = TcpStream::connect(addr).await.unwrap();
        client.write_all(b"GET / HTTP/1.1\r\nhost: ").await.unwrap();

        let mut answer = Vec::new();
        let cut = timeout(Duration::from_secs(30), client.read_to_end(&mut answer)).await;

        assert!(cut.is_ok(), "the connection is still open");
        assert_eq!(answer, b"");
        stop.cancel();
        serving.await.unwrap();
    }
}
