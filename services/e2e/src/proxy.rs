//! A proxy before a Kafka node that holds one request, or its answer, for as long as a test likes.

use std::{
    collections::HashMap,
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::Arc,
    thread,
};

use anyhow::Result;
use parking_lot::{Condvar, Mutex};

/// Largest frame that is passed on, in bytes: above any request of these tests, and above any answer.
const LARGEST_FRAME: usize = 64 * 1024 * 1024;

/// What is to be held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// The next request of this kind.
    Request(Api),
    /// The answer to the next request of this kind.
    Answer(Api),
}

/// Kinds of requests, by their numbers in Kafka's protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Api {
    /// Ends a transaction.
    EndTxn,
    /// Adds offsets to a transaction.
    TxnOffsetCommit,
}

/// The proxy. It listens until the process ends.
#[derive(Debug)]
pub struct Proxy {
    addr: SocketAddr,
    gate: Arc<Gate>,
}

#[derive(Debug, Default)]
struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    node: Option<SocketAddr>,
    armed: Option<Held>,
    /// Frames that wait.
    holding: usize,
    /// Counts releases; a frame waits for the next one.
    released: u64,
}

impl Api {
    fn of(frame: &[u8]) -> Option<Self> {
        let number = i16::from_be_bytes(frame.get(..2)?.try_into().ok()?);
        [Self::EndTxn, Self::TxnOffsetCommit].into_iter().find(|api| api.number() == number)
    }

    fn number(self) -> i16 {
        match self {
            Self::EndTxn => 26,
            Self::TxnOffsetCommit => 28,
        }
    }
}

impl Proxy {
    /// Listens on a free port of loopback; connections wait until [`Proxy::lead_to`] is called.
    ///
    /// # Errors
    /// When no port can be had.
    pub fn listen() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let addr = listener.local_addr()?;
        let gate = Arc::new(Gate::default());
        let entrance = gate.clone();
        thread::spawn(move || {
            for client in listener.incoming().filter_map(Result::ok) {
                let gate = entrance.clone();
                thread::spawn(move || gate.serve(&client));
            }
        });
        Ok(Self { addr, gate })
    }

    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Passes on to `node` from here on.
    pub fn lead_to(&self, node: SocketAddr) {
        self.gate.state.lock().node = Some(node);
        self.gate.changed.notify_all();
    }

    /// Holds the next frame of this kind.
    pub fn hold(&self, held: Held) {
        self.gate.state.lock().armed = Some(held);
    }

    /// Whether a frame is being held.
    #[must_use]
    pub fn is_holding(&self) -> bool {
        self.gate.state.lock().holding > 0
    }

    /// Lets go of what is held and holds nothing more.
    pub fn release(&self) {
        let mut state = self.gate.state.lock();
        state.armed = None;
        state.released += 1;
        self.gate.changed.notify_all();
    }
}

impl Gate {
    fn serve(self: Arc<Self>, client: &TcpStream) {
        let node = {
            let mut state = self.state.lock();
            loop {
                match state.node {
                    Some(node) => break node,
                    None => self.changed.wait(&mut state),
                }
            }
        };
        let Ok(node) = TcpStream::connect(node) else { return };
        let asked = Mutex::new(HashMap::new());
        thread::scope(|scope| {
            scope.spawn(|| pass(client, &node, |frame| self.request(frame, &asked)));
            scope.spawn(|| pass(&node, client, |frame| self.answer(frame, &asked)));
        });
    }

    /// Notes the kind of a request by the number that its answer will carry.
    fn request(&self, frame: &[u8], asked: &Mutex<HashMap<[u8; 4], Api>>) {
        let Some(api) = Api::of(frame) else { return };
        if let Some(number) = frame.get(4..8).and_then(|number| number.try_into().ok()) {
            asked.lock().insert(number, api);
        }
        self.wait(Held::Request(api));
    }

    fn answer(&self, frame: &[u8], asked: &Mutex<HashMap<[u8; 4], Api>>) {
        let number = frame.get(..4).and_then(|number| <[u8; 4]>::try_from(number).ok());
        if let Some(api) = number.and_then(|number| asked.lock().remove(&number)) {
            self.wait(Held::Answer(api));
        }
    }

    /// Waits for the next release if this is what is to be held.
    fn wait(&self, passing: Held) {
        let mut state = self.state.lock();
        if state.armed != Some(passing) {
            return;
        }
        state.armed = None;
        state.holding += 1;
        let until = state.released + 1;
        while state.released < until {
            self.changed.wait(&mut state);
        }
        state.holding -= 1;
    }
}

/// Passes frames on until one side ends, then ends the other.
fn pass(from: &TcpStream, to: &TcpStream, look: impl Fn(&[u8])) {
    let passed = || -> io::Result<()> {
        let (mut from, mut to) = (from, to);
        loop {
            let mut length = [0; 4];
            from.read_exact(&mut length)?;
            let bytes = usize::try_from(i32::from_be_bytes(length)).unwrap_or(usize::MAX);
            if bytes > LARGEST_FRAME {
                return Err(io::ErrorKind::InvalidData.into());
            }
            let mut frame = vec![0; bytes];
            from.read_exact(&mut frame)?;
            look(&frame);
            to.write_all(&length)?;
            to.write_all(&frame)?;
        }
    };
    // Each way of ending is the end of the connection.
    let _ = passed();
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
