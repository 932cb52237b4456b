//! A blocking HTTP client of a few lines, which shows every byte it got.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

/// Far above what a local answer takes; only a test that fails waits so long.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let named = |line: &&str| line.split_once(':').is_some_and(|(own, _)| own.eq_ignore_ascii_case(name));
        self.head.lines().find(named).and_then(|line| line.split_once(": ")).map(|(_, value)| value)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }
}

/// One connection, kept alive over many requests.
pub(crate) struct Connection {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Connection {
    pub(crate) fn open(addr: SocketAddr) -> Self {
        let stream = TcpStream::connect(addr).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Self { stream, read: Vec::new() }
    }

    pub(crate) fn send(&mut self, method: &str, url: &str, headers: &[(&str, &str)], body: &[u8]) {
        let place = url.strip_prefix("http://").unwrap();
        let (host, path) = place.split_at(place.find('/').unwrap());
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {}\r\n", body.len());
        for (name, value) in headers {
            head.extend([*name, ": ", *value, "\r\n"]);
        }
        head.push_str("\r\n");
        self.stream.write_all(head.as_bytes()).unwrap();
        self.stream.write_all(body).unwrap();
    }

    pub(crate) fn get(&mut self, url: &str, headers: &[(&str, &str)]) -> Answer {
        self.send("GET", url, headers, b"");
        let mut answer = self.head();
        if answer.header("transfer-encoding") == Some("chunked") {
            answer.body = self.chunks();
        } else if let Some(length) = answer.header("content-length") {
            let length = length.parse().unwrap();
            answer.body = self.bytes(length);
        }
        answer
    }

    /// Reads status and headers and leaves the body where it is.
    pub(crate) fn head(&mut self) -> Answer {
        let mut head = String::new();
        loop {
            let line = self.line();
            if line.is_empty() {
                let status = head.split(' ').nth(1).unwrap().parse().unwrap();
                return Answer { status, head, body: Vec::new() };
            }
            head.push_str(&line);
            head.push('\n');
        }
    }

    pub(crate) fn bytes(&mut self, count: usize) -> Vec<u8> {
        while self.read.len() < count {
            assert!(self.fill().unwrap() > 0, "the connection closed in mid-body");
        }
        self.read.drain(..count).collect()
    }

    /// Whether anything at all arrives within `patience`.
    pub(crate) fn hears_within(&mut self, patience: Duration) -> bool {
        self.stream.set_read_timeout(Some(patience)).unwrap();
        let heard = !self.read.is_empty() || self.fill().is_ok();
        self.stream.set_read_timeout(Some(PATIENCE)).unwrap();
        heard
    }

    /// Waits until the other side has closed; true also where it did so rudely.
    pub(crate) fn closes(&mut self) -> bool {
        loop {
            match self.fill() {
                Ok(0) => return true,
                Ok(_) => {}
                Err(fault) => {
                    return !matches!(fault.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut);
                }
            }
        }
    }

    pub(crate) fn hang_up(self) {
        let _ = self.stream.shutdown(Shutdown::Both);
    }

    fn line(&mut self) -> String {
        loop {
            if let Some(end) = self.read.windows(2).position(|pair| pair == b"\r\n") {
                let line = self.read.drain(..end + 2).take(end).collect();
                return String::from_utf8(line).unwrap();
            }
            assert!(self.fill().unwrap() > 0, "the connection closed in mid-head");
        }
    }

    fn chunks(&mut self) -> Vec<u8> {
        let mut body = Vec::new();
        loop {
            let size = usize::from_str_radix(&self.line(), 16).unwrap();
            body.extend(self.bytes(size));
            assert_eq!(self.line(), "");
            if size == 0 {
                return body;
            }
        }
    }

    fn fill(&mut self) -> io::Result<usize> {
        let mut buffer = [0; 16 * 1024];
        let count = self.stream.read(&mut buffer)?;
        self.read.extend_from_slice(&buffer[..count]);
        Ok(count)
    }
}

/// One request on a connection of its own.
pub(crate) fn get(addr: SocketAddr, url: &str, headers: &[(&str, &str)]) -> Answer {
    Connection::open(addr).get(url, headers)
}

pub(crate) fn send(addr: SocketAddr, method: &str, url: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    let mut connection = Connection::open(addr);
    connection.send(method, url, headers, body);
    connection.head()
}
