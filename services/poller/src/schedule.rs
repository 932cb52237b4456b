//! Takes due feeds out of the table, as many at a time as may be under way, and sees each to the commit stage.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use feed_core::{pace::Pace, trust::wants_check};
use news_model::{FeedId, FetchId};
use parking_lot::Mutex;
use service_kit::{admin::Heartbeat, clock};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    task::{JoinError, JoinSet},
    time::sleep,
};
use tokio_util::sync::CancellationToken;

use crate::{
    budget::Budget,
    commit::Polled,
    digest::{Chance, Digest, Digested, Rules, conclude, digest, heard, read, unreadable},
    fetch::{Fetched, Fetcher, Question},
    metrics::PollerMetrics,
    parsers::Parsers,
    table::{Job, Next, Table},
    turn::Turn,
};

/// The first stage.
pub(crate) struct Scheduler {
    pub(crate) beat: Heartbeat,
    pub(crate) poll: Arc<PollSteps>,
    /// Places for polls under way.
    pub(crate) places: Arc<Semaphore>,
}

/// What every poll needs on its way.
pub(crate) struct PollSteps {
    pub(crate) table: Arc<Table>,
    /// A limit on all polls together, if there is one. Who takes a feed holds the lock from reading the clock on, so that feeds are taken in the
    /// order of their times: to spacing and limit an earlier time than the last would be a clock that was set back.
    pub(crate) pace: Mutex<Option<Pace>>,
    pub(crate) metrics: PollerMetrics,
    pub(crate) fetcher: Fetcher,
    pub(crate) rules: Rules,
    pub(crate) budget: Arc<Budget>,
    /// Places for polls that were fetched and wait to be read and handed on; a body that is slow to read keeps no place of a fetch.
    pub(crate) pending: Arc<Semaphore>,
    pub(crate) parsers: Arc<Parsers>,
    pub(crate) draw: fn() -> f64,
    /// Bytes of records that may wait for a commit, in permits of a KiB.
    pub(crate) room: Arc<Semaphore>,
    pub(crate) most_room: u32,
    pub(crate) outcomes: mpsc::Sender<Box<Polled>>,
}

impl Scheduler {
    /// Polls until `stop`; then fetches under way are given up, for their state has not moved, and what was read goes on to its commit.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let mut polls = JoinSet::new();
        while let Some(place) = stop.run_until_cancelled(self.place(&mut polls)).await {
            let Some(job) = stop.run_until_cancelled(self.next(&mut polls)).await else {
                break;
            };
            // Boxed, since a task is moved several times until it runs.
            polls.spawn(Box::pin(self.poll.clone().poll_on(job, place, stop.clone())));
        }
        while let Some(ended) = polls.join_next().await {
            raise(ended);
        }
    }

    /// A place for one more poll.
    async fn place(&self, polls: &mut JoinSet<()>) -> OwnedSemaphorePermit {
        loop {
            reap(polls);
            // One that is free needs no timer.
            if let Ok(place) = self.places.clone().try_acquire_owned() {
                return place;
            }
            tokio::select! {
                place = self.places.clone().acquire_owned() => {
                    if let Ok(place) = place {
                        return place;
                    }
                }
                () = sleep(Duration::from_secs(1)) => self.beat.now(),
            }
        }
    }

    async fn next(&self, polls: &mut JoinSet<()>) -> Arc<Job> {
        loop {
            reap(polls);
            self.beat.now();
            match self.poll.take() {
                Ok(job) => return job,
                Err(wait) => tokio::select! {
                    () = self.poll.table.changed.notified() => {}
                    () = sleep(wait) => {}
                },
            }
        }
    }
}

impl PollSteps {
    /// The next feed that is due and may be polled.
    ///
    /// # Errors
    /// How long to wait before another look, at most.
    fn take(&self) -> Result<Arc<Job>, Duration> {
        const LONGEST_WAIT: Duration = Duration::from_secs(1);
        let mut pace = self.pace.lock();
        let now = clock::now();
        let until = |time: DateTime<Utc>| (time - now).to_std().unwrap_or_default().min(LONGEST_WAIT);
        if let Some(pace) = &*pace {
            pace.check(now).map_err(until)?;
        }
        match self.table.next(now) {
            Next::Poll(job) => {
                if let Some(pace) = &mut *pace {
                    pace.count(now);
                }
                self.metrics.schedule_lag((now - job.free_at).to_std().unwrap_or_default());
                Ok(job)
            }
            Next::WaitUntil(due) => Err(until(due)),
            Next::Idle => Err(LONGEST_WAIT),
        }
    }

    /// Polls a feed, and on from one to the next until none is due or one answers with a body: so one task and its memory serve for many polls.
    async fn poll_on(self: Arc<Self>, mut job: Arc<Job>, place: OwnedSemaphorePermit, stop: CancellationToken) {
        loop {
            let turn = Turn::held(self.table.clone(), job.place.clone());
            let conditional = !wants_check(&job.schedule, clock::now(), (self.draw)());
            let question = Question { url: job.url(), schedule: &job.schedule, conditional };
            let Some((fetched, turn)) = stop.run_until_cancelled(self.fetcher.fetch(question, turn)).await else {
                return;
            };
            if let Some(turn) = turn {
                let now = clock::now();
                turn.leave(now, heard(&fetched, now, self.rules.poll.longest_wait));
            }
            self.count(&fetched);
            let Ok(_pending) = self.pending.acquire().await else {
                return;
            };
            let chance = Chance {
                now: clock::now(),
                draw: (self.draw)(),
                fetch: FetchId::from_random(rand::random()),
                price: self.budget.price(),
            };
            if fetched.result.as_ref().is_ok_and(|answered| !answered.body.is_empty()) {
                // One that is slow to read keeps no place of a fetch.
                drop(place);
                let digest = self.digest(job.clone(), fetched, chance, &stop).await;
                self.hand_on(&job.feed.id, digest.into_polled(&job, chance.now), chance.now).await;
                return;
            }
            // A 304 or a failure is sooner read here than handed to another thread.
            let reading = read(&job, &fetched, chance);
            let digest = conclude(&job, &fetched, &self.rules, chance, reading);
            self.hand_on(&job.feed.id, digest.into_polled(&job, chance.now), chance.now).await;
            if stop.is_cancelled() {
                return;
            }
            let Ok(next) = self.take() else { return };
            job = next;
        }
    }

    /// Reads a body and fills the gap before it, if there is one.
    async fn digest(&self, job: Arc<Job>, fetched: Fetched, chance: Chance, stop: &CancellationToken) -> Digest {
        let fetched = Arc::new(fetched);
        let digested = self.parsers.run({
            let (job, fetched, rules) = (job.clone(), fetched.clone(), self.rules.clone());
            move || digest(&job, &fetched, &rules, chance)
        });
        let digested = match digested.await {
            Ok(Digested::Gap(reading)) => {
                // Boxed, or every poll would carry the room for a second fetch.
                let reading = Box::pin(self.fill_gap(&job, *reading, chance, stop)).await;
                let (job, fetched, rules) = (job.clone(), fetched.clone(), self.rules.clone());
                self.parsers.run(move || conclude(&job, &fetched, &rules, chance, reading)).await
            }
            Ok(Digested::Index(reading)) => {
                let pages = Box::pin(self.read_sitemaps(&job, &reading, chance, stop)).await;
                let (job, fetched, rules) = (job.clone(), fetched.clone(), self.rules.clone());
                let read = move || conclude(&job, &fetched, &rules, chance, reading.with_sitemaps(&job, pages));
                self.parsers.run(read).await
            }
            Ok(Digested::Whole(digest)) => Ok(*digest),
            Err(unread) => Err(unread),
        };
        digested.unwrap_or_else(|unread| {
            // The next owner of the feed would meet the same body; as an outcome it harms only its own feed.
            tracing::error!(feed = %job.feed.id, ?unread, "a body was not read to the end");
            unreadable(&job, &fetched, &self.rules, chance, &unread)
        })
    }

    /// Counts an exchange.
    pub(crate) fn count(&self, fetched: &Fetched) {
        let (body_bytes, wire_bytes) =
            fetched.result.as_ref().map_or((0, 0), |answered| (answered.body.len(), answered.wire_bytes));
        self.metrics.fetched(fetched.took, body_bytes, wire_bytes);
    }

    /// Waits for room: with the cluster away the room is soon used up, and with it the places for polls, so fetching stops.
    async fn hand_on(&self, feed: &FeedId, mut polled: Box<Polled>, fetched_at: DateTime<Utc>) {
        let bytes = polled.size_bytes;
        let permits = u32::try_from(bytes / 1024 + 1).unwrap_or(u32::MAX).min(self.most_room);
        let Ok(room) = self.room.clone().acquire_many_owned(permits).await else {
            return;
        };
        polled.room = Some(room);
        tracing::debug!(%feed, outcome = ?polled.tally.outcome, %fetched_at, bytes, "polled");
        // The receiver is gone only when the service ends with an error; then nothing of this is to be kept.
        let _ = self.outcomes.send(polled).await;
    }
}

/// Takes in tasks that have ended, so that a panic in one is a panic of the stage.
fn reap(polls: &mut JoinSet<()>) {
    while let Some(ended) = polls.try_join_next() {
        raise(ended);
    }
}

fn raise(ended: Result<(), JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        std::panic::resume_unwind(error.into_panic());
    }
}
