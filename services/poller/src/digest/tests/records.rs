//! The records of a poll: what they hold, where they lie, what their headers say.

use super::*;

fn header<'a>(record: &'a OutRecord, name: &str) -> &'a str {
    let found: Vec<_> = record.headers.iter().filter(|(key, _)| *key == name).collect();
    assert_eq!(found.len(), 1, "{name} in {:?}", record.headers);
    std::str::from_utf8(found[0].1.unwrap()).unwrap()
}

fn two_new_items(backlog: Backlog) -> Digest {
    run(&first_job(backlog), &answer(200, &VALIDATORS, &rss(&[("1", "One"), ("2", "Two")])))
}

#[test]
fn items_and_fetches_lie_by_their_keys_and_state_with_its_feed() {
    let digested = two_new_items(Backlog::Emit);

    for record in &digested.polled.records {
        let place = match record.topic {
            Topic::Items => partition_of(&record.key, PLACES.items),
            Topic::Fetches => partition_of(b"harbour", PLACES.fetches),
            Topic::FeedState => 41,
            other => panic!("a poll writes nothing to {other}"),
        };
        assert_eq!(record.partition, place, "{record:?}");
    }
    let keys: Vec<_> = records(&digested, Topic::Items).iter().map(|record| record.key.clone()).collect();
    let ids: Vec<_> = events(&digested).into_iter().map(|event| Bytes::from(event.item.unwrap().id)).collect();
    assert_eq!(keys, ids);
    assert_eq!(records(&digested, Topic::Fetches)[0].key, "harbour");
}

#[test]
fn every_record_says_what_it_is_where_it_arose_and_in_which_poll() {
    let digested = two_new_items(Backlog::Emit);
    let trace = "07".repeat(16);

    for record in &digested.polled.records {
        assert_eq!(header(record, "ce_specversion"), "1.0");
        assert_eq!(header(record, "ce_source"), "/feeds/harbour");
        assert_eq!(header(record, "ce_time"), "2027-01-15T08:00:00.000Z");
        assert_eq!(header(record, "content-type"), "application/protobuf");
        assert_eq!(header(record, "traceparent").get(3..35), Some(trace.as_str()));
        let key = std::str::from_utf8(&record.key).unwrap();
        let (kind, id) = match record.topic {
            Topic::Items => ("courant.news.v1.item.published", format!("{key}.1")),
            Topic::Fetches => ("courant.news.v1.fetch", trace.clone()),
            _ => ("courant.news.v1.feed-state", format!("{key}@{trace}")),
        };
        assert_eq!((header(record, "ce_type"), header(record, "ce_id")), (kind, id.as_str()));
    }
}

#[test]
fn an_item_event_names_its_poll_and_its_feed() {
    let event = events(&two_new_items(Backlog::Emit)).remove(0);

    assert_eq!((event.version, event.kind(), event.revision), (1, ItemEventKind::Published, 1));
    assert_eq!(event.fetch_id, "07".repeat(16));
    assert_eq!(event.fetched_at.as_ref().and_then(from_timestamp), Some(at(0)));
    assert_eq!(event.item.unwrap().feed_id, "harbour");
}

#[test]
fn the_fetch_record_says_what_was_asked_what_came_and_what_follows() {
    let hop = wire::Redirect { status: 301, location: "http://b.example/rss".into() };
    let moved = Fetched {
        final_url: Url::parse("http://b.example/rss").unwrap(),
        redirects: vec![hop.clone()],
        conditional: false,
        ..answer(200, &VALIDATORS, &rss(&[("1", "One"), ("2", "Two")]))
    };
    let digested = run(&first_job(Backlog::Emit), &moved);

    let record = fetch(&digested);
    assert_eq!((record.id.as_str(), record.feed_id.as_str()), ("07".repeat(16).as_str(), "harbour"));
    assert_eq!((record.reason(), record.status, record.conditional), (wire::PollReason::First, 200, false));
    assert_eq!((record.url.as_str(), record.final_url.as_str()), (url().as_str(), "http://b.example/rss"));
    assert_eq!((record.redirects, record.duration_ms), (vec![hop], 250));
    assert_eq!((record.items, record.published, record.revised), (2, 2, 0));
    let length = u64::try_from(rss(&[("1", "One"), ("2", "Two")]).len()).unwrap();
    assert_eq!(record.body_bytes, length);
    let times = [&record.due_at, &record.started_at, &record.next_due].map(|time| from_timestamp(&time.unwrap()));
    assert_eq!(times, [Some(at(-31)), Some(at(-30)), Some(schedule(&digested).next_due)]);
    assert!(!record.next_due_because.is_empty());
}

#[test]
fn a_fetch_without_redirects_names_no_other_address() {
    assert_eq!(fetch(&two_new_items(Backlog::Emit)).final_url, "");
}

#[test]
fn the_tally_counts_events_and_ages_by_the_publishers_clock() {
    let tally = two_new_items(Backlog::Emit).polled.tally;

    assert_eq!((tally.outcome, tally.fetched_at), (Some(Outcome::NewItems), Some(at(0))));
    assert_eq!(tally.kinds, [ItemEventKind::Published; 2]);
    assert_eq!(tally.ages, [Duration::from_hours(1); 2]);
}

#[test]
fn the_back_catalogue_is_marked_where_that_is_asked_for() {
    let digested = two_new_items(Backlog::Mark);

    assert_eq!(titles(&digested), [("Two".into(), 1, true), ("One".into(), 1, true)]);
}

#[test]
fn a_skipped_back_catalogue_is_remembered_and_not_published() {
    let digested = two_new_items(Backlog::Skip);

    assert_eq!(events(&digested), []);
    assert_eq!((fetch(&digested).items, fetch(&digested).published), (2, 0));
    assert!(digested.polled.tally.kinds.is_empty());
    assert_eq!(state_keys(&digested), ["harbour/seen", "harbour/schedule"]);
    assert_eq!(digested.next.seen.unpack().live.len(), 2);
}

#[test]
fn what_comes_after_the_back_catalogue_is_published_unmarked() {
    for backlog in [Backlog::Mark, Backlog::Skip] {
        let job = first_job(backlog);
        let first = run(&job, &answer(200, &[], &rss(&[("1", "One")])));
        let second = run(&next_job(&job, first), &answer(200, &[], &rss(&[("2", "Two"), ("1", "One")])));

        assert_eq!(titles(&second), [("Two".into(), 1, false)], "{backlog:?}");
    }
}

#[test]
fn failed_polls_before_the_first_success_leave_the_back_catalogue_one() {
    let job = first_job(Backlog::Skip);
    let failed = run(&job, &answer(500, &[], b""));
    let second = run(&next_job(&job, failed), &answer(200, &[], &rss(&[("1", "One")])));

    assert_eq!(events(&second), []);
}

#[test]
fn a_long_detail_is_cut() {
    let digested = run(&read_once(), &fetched(Err(FetchError::Connect("x".repeat(5_000)))));

    assert!(fetch(&digested).detail.len() <= 512);
}

#[test]
fn a_withdrawal_is_told_after_three_polls_and_unchanged_answers_count() {
    let dated = |guids: &[u32]| {
        let item = |guid: &u32| {
            format!(
                "<item><guid isPermaLink=\"false\">{guid}</guid><title>Story {guid}</title>\
                 <pubDate>Fri, 15 Jan 2027 0{guid}:00:00 GMT</pubDate></item>"
            )
        };
        let items: String = guids.iter().map(item).collect();
        format!("<rss version=\"2.0\"><channel><title>Harbour Post</title>{items}</channel></rss>").into_bytes()
    };
    let job = first_job(Backlog::Emit);
    let job = next_job(&job, run(&job, &answer(200, &VALIDATORS, &dated(&[5, 4, 3, 2, 1]))));
    let first = run(&job, &answer(200, &VALIDATORS, &dated(&[5, 4, 2, 1])));
    assert_eq!((events(&first).len(), fetch(&first).outcome()), (0, Outcome::NothingNew));
    let job = next_job(&job, first);
    let second = run(&job, &answer(304, &[], b""));
    assert_eq!((events(&second).len(), fetch(&second).outcome()), (0, Outcome::Unchanged));
    assert!(state_keys(&second).contains(&"harbour/seen"), "a restart goes on counting");
    let job = next_job(&job, second);
    let third = run(&job, &answer(304, &[], b""));

    let told = events(&third);
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].kind(), told[0].revision), (ItemEventKind::Withdrawn, 1));
    assert_eq!((told[0].content_hash_before.len(), told[0].content_hash_after.as_str()), (16, ""));
    assert_eq!((fetch(&third).withdrawn, fetch(&third).published), (1, 0));
    let job = next_job(&job, third);
    let back = run(&job, &answer(200, &VALIDATORS, &dated(&[5, 4, 3, 2, 1])));
    assert_eq!(events(&back)[0].kind(), ItemEventKind::Restored);
    assert_eq!(events(&back)[0].item.as_ref().unwrap().id, told[0].item.as_ref().unwrap().id);
    assert_eq!((fetch(&back).restored, fetch(&back).outcome()), (1, Outcome::NewItems));
    let id = |digest: &Digest| header(records(digest, Topic::Items)[0], "ce_id").to_owned();
    assert!(id(&back).ends_with(&FetchId::from_random([7; 16]).to_string()), "{}", id(&back));
}
