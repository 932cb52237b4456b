//! The running newsroom: one listener, a task a connection, all of them gone after [`Newsroom::stop`].

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use crate::answer::answer;
use crate::ledger::{Served, ServedItem};
use crate::listing::FeedListing;
use crate::options::{Options, Publication};
use crate::web::{PublishError, Web};

/// The most connections at once; more of them wait in the listener's queue. Silent sites hold theirs for as long as clients do.
const MOST_CONNECTIONS: usize = 8192;
/// How long a connection may lie idle between requests; longer than clients keep theirs, so that clients close first.
const LONGEST_IDLE: Duration = Duration::from_mins(5);
/// The pause after a connection could not be accepted, as when file handles run out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

/// A newsroom that is being served.
///
/// Dropping it stops it as well, without waiting for the connections to be gone.
#[derive(Debug)]
pub struct Newsroom {
    addr: SocketAddr,
    web: Arc<Web>,
    tasks: TaskTracker,
    stop: DropGuard,
}

impl Newsroom {
    /// Listens and serves until [`Newsroom::stop`].
    ///
    /// # Errors
    ///
    /// When the address cannot be bound, or with `InvalidInput` when options contradict each other.
    pub async fn start(options: Options) -> io::Result<Self> {
        let web = Arc::new(Web::build(&options)?);
        let listener = TcpListener::bind(options.listen).await?;
        let addr = listener.local_addr()?;
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        tasks.spawn(accept(listener, Arc::clone(&web), tasks.clone(), stop.clone()));
        Ok(Self { addr, web, tasks, stop: stop.drop_guard() })
    }

    /// Where every site of the newsroom is served.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The feeds to subscribe to, redirecting and awkward ones among them, but not the places that redirects lead to.
    #[must_use]
    pub fn feeds(&self) -> Vec<FeedListing> {
        self.web.listed()
    }

    /// Every answer so far, in order. Requests for places that do not exist are not in it.
    #[must_use]
    pub fn log(&self) -> Vec<Served> {
        self.log_from(0)
    }

    /// The same from the answer of this number on, counted from zero.
    #[must_use]
    pub fn log_from(&self, first: usize) -> Vec<Served> {
        self.web.log(first, usize::MAX)
    }

    /// How many answers there were so far.
    #[must_use]
    pub fn answered(&self) -> usize {
        self.web.answered()
    }

    /// Every item in every revision that was served whole, once, with the URL of the page that gave it.
    #[must_use]
    pub fn items(&self) -> Vec<(String, ServedItem)> {
        self.web.items()
    }

    /// Puts a page up, or a new edition of a page put up before; editions carry an `ETag` and answer 304 to it.
    ///
    /// # Errors
    ///
    /// When the URL is not absolute HTTP, or belongs to a bundled or generated feed.
    pub fn publish(&self, publication: Publication) -> Result<(), PublishError> {
        self.web.publish(publication)
    }

    /// Moves every page of `host` one answer on, as if it had been polled; says how many pages there were.
    #[must_use]
    pub fn advance(&self, host: &str) -> usize {
        self.web.advance(host)
    }

    /// Closes the port and every connection at once, and returns when the last task is gone.
    ///
    /// Answers in flight are cut: silent sites would never end otherwise.
    pub async fn stop(self) {
        drop(self.stop);
        self.tasks.close();
        self.tasks.wait().await;
    }
}

async fn accept(listener: TcpListener, web: Arc<Web>, tasks: TaskTracker, stop: CancellationToken) {
    let seats = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    loop {
        let Some(Ok(seat)) = stop.run_until_cancelled(Arc::clone(&seats).acquire_owned()).await else {
            return;
        };
        match stop.run_until_cancelled(listener.accept()).await {
            None => return,
            Some(Ok((stream, _))) => {
                tasks.spawn(serve(stream, Arc::clone(&web), stop.clone(), seat));
            }
            Some(Err(_)) => {
                if stop.run_until_cancelled(tokio::time::sleep(ACCEPT_PAUSE)).await.is_none() {
                    return;
                }
            }
        }
    }
}

async fn serve(stream: TcpStream, web: Arc<Web>, stop: CancellationToken, _seat: OwnedSemaphorePermit) {
    // Small answers would wait for the client's acknowledgement otherwise; failing to ask for it costs only time.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let web = Arc::clone(&web);
        async move { Ok::<_, Infallible>(answer(web, request).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(LONGEST_IDLE)
        .serve_connection(TokioIo::new(stream), service);
    // A connection that breaks is the client's affair: the ledger already tells what it did not get.
    let _ = stop.run_until_cancelled(connection).await;
}
