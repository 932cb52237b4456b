//! Response bodies that know whether they were handed over whole.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use crate::control::LogPager;
use crate::web::Receipt;

/// The most of a body handed over at once: small enough that the last frame of a large body waits for the client to read.
const FRAME_BYTES: usize = 16 * 1024;

/// A body of the newsroom.
#[derive(Debug)]
pub(crate) enum NewsBody {
    /// Bytes known beforehand.
    Story(Story),
    /// The ledger as JSON lines, rendered while it is read.
    Log(LogPager),
}

impl NewsBody {
    /// A body nobody keeps account of.
    pub(crate) fn plain(bytes: impl Into<Bytes>) -> Self {
        Self::Story(Story { rest: bytes.into(), stalls_at: None, receipt: None })
    }
}

/// Bytes known beforehand, with a receipt signed when the last of them is handed over.
#[derive(Debug)]
pub(crate) struct Story {
    rest: Bytes,
    /// Hands over nothing more once only so many bytes are left, and keeps the connection.
    stalls_at: Option<usize>,
    receipt: Option<Arc<Receipt>>,
}

impl Story {
    pub(crate) fn whole(bytes: Bytes, receipt: Receipt) -> Self {
        let mut story = Self { rest: bytes, stalls_at: None, receipt: Some(Arc::new(receipt)) };
        story.sign_if_done();
        story
    }

    /// A body of which the second half never comes.
    pub(crate) fn half(bytes: Bytes) -> Self {
        let left = bytes.len().div_ceil(2);
        Self { rest: bytes, stalls_at: Some(left), receipt: None }
    }

    fn next_frame(&mut self) -> Poll<Option<Bytes>> {
        let until_stall = self.rest.len() - self.stalls_at.unwrap_or(0).min(self.rest.len());
        if until_stall == 0 {
            // Without a waker on purpose: only the end of the connection ends this wait.
            return if self.rest.is_empty() { Poll::Ready(None) } else { Poll::Pending };
        }
        let frame = self.rest.split_to(until_stall.min(FRAME_BYTES));
        self.sign_if_done();
        Poll::Ready(Some(frame))
    }

    fn sign_if_done(&mut self) {
        if self.rest.is_empty()
            && let Some(receipt) = self.receipt.take()
        {
            receipt.sign();
        }
    }
}

impl Body for NewsBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.get_mut() {
            Self::Story(story) => story.next_frame().map(|frame| frame.map(|bytes| Ok(Frame::data(bytes)))),
            Self::Log(pager) => Poll::Ready(pager.next_page().map(|bytes| Ok(Frame::data(bytes)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Story(story) => story.rest.is_empty(),
            Self::Log(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Story(story) => SizeHint::with_exact(u64::try_from(story.rest.len()).unwrap_or(u64::MAX)),
            Self::Log(_) => SizeHint::default(),
        }
    }
}
