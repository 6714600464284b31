//! `headroom compare` against responses that are made from the simulator's truth, which shares no code
//! with the engine.

#![allow(clippy::unwrap_used, clippy::panic)]

use headroom::compare::{Comparison, Results};
use headroom::replay::ShownRow;
use headroom_kpi::settings::SettingsDocument;
use headroom_kpi::{Calendar, Settings};
use headroom_simulator::{Feed, Options, Rules, TruthRow};
use headroom_tests::{ALL, events_folder, file_of, options, replay, simulate};
use jsonschema::Validator;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fs;

/// The rows of a simulated day, and the true ones.
fn day(settings: &Settings, options: &Options) -> (Vec<ShownRow>, Vec<TruthRow>) {
    let (lines, truth) = simulate(options);
    let (rows, _) = replay(file_of(&lines, &ALL), settings.clone(), 1_000);
    (rows, truth.rows().collect())
}

fn usual_day() -> (Vec<ShownRow>, Vec<TruthRow>) {
    day(&Settings::default(), &Options { feed: Feed::Both, ..options(3, 300) })
}

/// What Genesys would respond to a query of the true rows that are grouped by a dimension, such as
/// `queueId`, with buckets such as `PT30M`.
fn response(truth: &[TruthRow], dimension: &str, length: &str, calendar: &Calendar) -> Value {
    let mut groups: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    let kind = if dimension == "queueId" { "queue#" } else { "agent#" };
    let has_media = |row: &&TruthRow| row.subject.matches('#').count() == 2;
    let rows = truth.iter().filter(|row| row.subject.starts_with(kind)).filter(has_media);
    for row in rows.filter(|row| !row.subject.ends_with("#agents")) {
        let Some((_, start)) = row.bucket.split_once('#').filter(|(name, _)| *name == length)
        else {
            continue;
        };
        let data = json!({"interval": interval(length, start, calendar), "metrics": metrics(row)});
        groups.entry(&row.subject).or_default().push(data);
    }
    let result = |(subject, data): (&str, Vec<Value>)| {
        let mut parts = subject.split('#').skip(1);
        let (id, media) = (parts.next().unwrap(), parts.next().unwrap());
        json!({"group": {dimension: id, "mediaType": media}, "data": data})
    };
    json!({"results": groups.into_iter().map(result).collect::<Vec<_>>()})
}

fn interval(length: &str, start: &str, calendar: &Calendar) -> String {
    let (start, end) = if length == "P1D" {
        let day: jiff::civil::Date = start.parse().unwrap();
        let midnight = |day: jiff::civil::Date| {
            day.to_zoned_datetime(calendar.zone().clone()).unwrap().timestamp()
        };
        (midnight(day), midnight(day.tomorrow().unwrap()))
    } else {
        let start: jiff::Timestamp = start.parse().unwrap();
        (start, start + jiff::SignedDuration::from_mins(i64::from(calendar.interval_minutes())))
    };
    format!("{start:.3}/{end:.3}")
}

fn metrics(row: &TruthRow) -> Vec<Value> {
    let mut stats: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for (name, value) in &row.metrics {
        let (metric, part) = name.split_once('.').unwrap_or((name, "count"));
        // Genesys writes sums with a fraction.
        let fraction = if part == "sum" { ".0" } else { "" };
        let value = serde_json::from_str(&format!("{value}{fraction}")).unwrap();
        stats.entry(metric).or_default().insert(part.to_owned(), value);
    }
    stats.into_iter().map(|(metric, stats)| json!({"metric": metric, "stats": stats})).collect()
}

fn results(responses: &[Value], settings: &Settings) -> Results {
    let mut results = Results::default();
    for response in responses {
        results.add(response.to_string().as_bytes(), &settings.calendar).unwrap();
    }
    results
}

fn compare(rows: &[ShownRow], responses: &[Value], settings: &Settings) -> Comparison {
    Comparison::new(rows, &results(responses, settings), false).unwrap()
}

#[test]
fn a_response_of_the_true_rows_is_equal_for_queues_and_agents_intervals_and_days() {
    let settings = Settings::default();
    let (rows, truth) = usual_day();
    for (dimension, length) in
        [("queueId", "PT30M"), ("queueId", "P1D"), ("userId", "PT30M"), ("userId", "P1D")]
    {
        let response = response(&truth, dimension, length, &settings.calendar);
        let comparison = compare(&rows, &[response], &settings);
        assert_eq!(comparison.differences, [], "{dimension} {length}");
        assert!(comparison.compared > 50, "{dimension} {length}: {}", comparison.compared);
        assert!(comparison.not_compared.in_no_result.is_empty());
    }
}

#[test]
fn days_are_those_of_the_time_zone_and_intervals_those_of_the_settings() {
    let document = r#"{"timeZone": "Australia/Sydney", "intervalMinutes": 15}"#;
    let document: SettingsDocument = serde_json::from_str(document).unwrap();
    let settings: Settings = document.try_into().unwrap();
    let rules = Rules {
        time_zone: jiff::tz::TimeZone::get("Australia/Sydney").unwrap(),
        interval_minutes: 15,
        ..Rules::default()
    };
    // The clocks go back at the end of the first of the two days.
    let start = "2026-04-04T12:00:00Z".parse().unwrap();
    let (rows, truth) =
        day(&settings, &Options { feed: Feed::Both, rules, start, ..options(5, 400) });
    let responses =
        ["PT15M", "P1D"].map(|length| response(&truth, "queueId", length, &settings.calendar));
    let comparison = compare(&rows, &responses, &settings);
    assert_eq!(comparison.differences, []);
    let responses = [response(&truth, "queueId", "P1D", &settings.calendar)];
    let error = Results::default()
        .add(responses[0].to_string().as_bytes(), &Settings::default().calendar)
        .unwrap_err();
    assert!(error.contains("neither an interval of 30 minutes nor a day of UTC"), "{error}");
}

/// Adds 1 to a value of a group's first interval that has it. Returns the row and the name in rows.
fn plant(result: &mut Value, metric: &str, part: &str) -> [String; 3] {
    let group = &result["group"];
    let text = |name: &str| group[name].as_str().unwrap();
    let subject = format!("queue#{}#{}", text("queueId"), text("mediaType"));
    for data in result["data"].as_array_mut().unwrap() {
        let start = data["interval"].as_str().unwrap().split('/').next().unwrap();
        let start: jiff::Timestamp = start.parse().unwrap();
        let metrics = data["metrics"].as_array_mut().unwrap();
        if let Some(entry) = metrics.iter_mut().find(|entry| entry["metric"] == metric) {
            let value = &mut entry["stats"][part];
            *value = match value.as_i64() {
                Some(count) => json!(count + 1),
                None => json!(value.as_f64().unwrap() + 1.0),
            };
            let name = if metric.starts_with('n') { "" } else { part };
            let name = [metric, name].join(".").trim_end_matches('.').to_owned();
            return [subject, format!("PT30M#{start}"), name];
        }
    }
    panic!("no {metric} in {subject}")
}

#[test]
fn three_planted_differences_are_found_and_named() {
    let settings = Settings::default();
    let (rows, truth) = usual_day();
    let mut response = response(&truth, "queueId", "PT30M", &settings.calendar);
    let planted = [("nOffered", "count"), ("tAnswered", "count"), ("tHandle", "sum")];
    let results = response["results"].as_array_mut().unwrap().iter_mut();
    let mut expected: Vec<_> =
        results.zip(planted).map(|(result, (metric, part))| plant(result, metric, part)).collect();
    let comparison = compare(&rows, &[response], &settings);
    assert!(comparison.differences.iter().all(|d| d.theirs == d.ours + 1));
    let differences = comparison.differences.into_iter();
    let mut differences: Vec<_> = differences.map(|d| [d.subject, d.bucket, d.metric]).collect();
    expected.sort();
    differences.sort();
    assert_eq!(differences, expected);
}

/// A row with these sums.
fn row(subject: &str, bucket: &str, metrics: &[(&str, i64)]) -> ShownRow {
    let metrics: BTreeMap<_, _> = metrics.iter().map(|(name, sum)| (*name, *sum)).collect();
    let row = json!({"subject": subject, "bucket": bucket, "metrics": metrics, "computed": {}});
    serde_json::from_value(row).unwrap()
}

const HALF_HOUR: &str = "2026-05-12T14:00:00.000Z/2026-05-12T14:30:00.000Z";
const BUCKET: &str = "PT30M#2026-05-12T14:00:00Z";

fn one_result(group: &Value, metrics: &Value) -> Value {
    json!({"results": [{"group": group, "data": [{"interval": HALF_HOUR, "metrics": metrics}]}]})
}

fn queue_result(metrics: &Value) -> Value {
    one_result(&json!({"queueId": "q", "mediaType": "voice"}), metrics)
}

#[test]
fn a_metric_without_data_is_left_out_of_results_and_of_rows_and_counts_as_zero() {
    let ours = [row("queue#q#voice", BUCKET, &[("nOffered", 2), ("nOverSla", 1)])];
    let theirs = queue_result(&json!([
        {"metric": "nOffered", "stats": {"count": 2}},
        {"metric": "tAbandon", "stats": {"count": 1, "sum": 5_000.0, "min": 5_000.0, "max": 5_000.0}},
    ]));
    let comparison = compare(&ours, &[theirs], &Settings::default());
    let differences = comparison.differences.iter();
    let differences: Vec<_> = differences.map(|d| (d.metric.as_str(), d.ours, d.theirs)).collect();
    assert_eq!(differences, [("tAbandon.count", 0, 1), ("tAbandon.sum", 0, 5_000)]);
    // It may be that the query did not ask for it.
    assert_eq!(comparison.not_compared.in_no_result.first().unwrap(), "nOverSla");
}

#[test]
fn a_queue_that_only_one_side_has_is_a_difference_unless_the_query_had_a_filter() {
    let ours = [
        row("queue#q#voice", BUCKET, &[("nOffered", 2)]),
        row("queue#other#voice", BUCKET, &[("nOffered", 3)]),
        row("queue#q#voice", "PT30M#2026-05-12T15:00:00Z", &[("nOffered", 4)]),
        row("agent#a#voice", BUCKET, &[("tAcw.count", 1)]),
    ];
    let theirs = [queue_result(&json!([{"metric": "nOffered", "stats": {"count": 2}}]))];
    let settings = Settings::default();
    let comparison = compare(&ours, &theirs, &settings);
    assert_eq!(comparison.differences.len(), 1);
    assert_eq!(comparison.differences[0].subject, "queue#other#voice");
    assert_eq!(comparison.not_compared.rows_of_other_times, 1);
    let mut results = results(&theirs, &settings);
    let filtered = Comparison::new(&ours, &results, true).unwrap();
    assert_eq!((filtered.differences.len(), filtered.not_compared.rows_of_others), (0, 1));
    // With the interval of the query, the half hour without a result is compared as well.
    let time = |text: &str| {
        headroom_kpi::Millis(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
    };
    results.cover(time("2026-05-12T00:00:00Z"), time("2026-05-13T00:00:00Z"), &settings.calendar);
    let covered = Comparison::new(&ours, &results, true).unwrap();
    assert_eq!((covered.differences.len(), covered.not_compared.rows_of_other_times), (1, 0));
}

#[test]
fn metrics_that_only_one_side_can_have_are_said_and_are_no_differences() {
    let ours = [row("queue#q#voice", BUCKET, &[("nOffered", 2), ("oMediaCount", 7)])];
    let theirs = queue_result(&json!([
        {"metric": "nOffered", "stats": {"count": 2}},
        {"metric": "nConversations", "stats": {"count": 2}},
        {"metric": "tWait", "stats": {"count": 2, "sum": 9.0}},
        {"metric": "oServiceLevel", "stats": {"ratio": 0.5, "numerator": 1, "denominator": 2, "target": 0.8}},
    ]));
    let flow = one_result(
        &json!({"mediaType": "voice"}),
        &json!([{"metric": "tIvr", "stats": {"count": 1}}]),
    );
    let mut response = theirs;
    response["results"].as_array_mut().unwrap().push(flow["results"][0].clone());
    let comparison = compare(&ours, &[response], &Settings::default());
    assert_eq!((comparison.compared, comparison.differences.len()), (1, 0));
    let not_compared = serde_json::to_value(&comparison.not_compared).unwrap();
    assert_eq!(not_compared["queryTime"], json!(["oServiceLevel", "tWait"]));
    assert_eq!(not_compared["inNoEvent"], json!(["nConversations"]));
    assert_eq!(not_compared["inNoResult"], json!(["oMediaCount"]));
    assert_eq!(not_compared["resultsWithoutSubject"], 1);
}

#[test]
fn a_bad_response_is_an_error_that_says_what_to_do() {
    let offered = json!([{"metric": "nOffered", "stats": {"count": 2}}]);
    let group = |group: Value| one_result(&group, &offered).to_string();
    let interval = |interval: &str| queue_result(&offered).to_string().replace(HALF_HOUR, interval);
    let cases = [
        ("{".to_owned(), "no response of an aggregates query: EOF"),
        ("[]".to_owned(), "save the whole body"),
        (json!({"conversations": []}).to_string(), "there are no \"results\" in it"),
        (
            json!({"message": "Invalid interval", "status": 400}).to_string(),
            "says: Invalid interval",
        ),
        (
            group(json!({"queueId": "q"})),
            "not grouped by mediaType; send the query with \"groupBy\"",
        ),
        (group(json!({"mediaType": "voice"})), "no result names a queue or an agent"),
        (group(json!({})), "no result names a queue or an agent"),
        (group(json!({"queueId": "q", "userId": "u", "mediaType": "voice"})), "together"),
        (
            group(json!({"queueId": "q", "mediaType": "voice", "direction": "inbound"})),
            "direction, too",
        ),
        (group(json!({"queueId": "a#b", "mediaType": "voice"})), "of a group has a control"),
        (interval("2026-05-12T14:00:00.000Z"), "is not START/END"),
        (interval("2026-05-12T14:00:00/2026-05-12T14:30:00"), "is not START/END"),
        (
            interval("2026-05-12T14:10:00Z/2026-05-12T14:40:00Z"),
            "with the granularity PT30M or P1D",
        ),
        (
            interval("2026-05-12T14:00:00Z/2026-05-12T15:00:00Z"),
            "neither an interval of 30 minutes",
        ),
        (interval("2026-05-12T04:00:00Z/2026-05-13T04:00:00Z"), "nor a day of UTC"),
    ];
    for (response, message) in cases {
        let calendar = Settings::default().calendar;
        let error = Results::default().add(response.as_bytes(), &calendar).unwrap_err();
        assert!(error.contains(message), "{message:?} in {error}");
    }
    let mut results = Results::default();
    let calendar = Settings::default().calendar;
    results.add(queue_result(&offered).to_string().as_bytes(), &calendar).unwrap();
    let other = queue_result(&json!([{"metric": "nOffered", "stats": {"count": 3}}]));
    let error = results.add(other.to_string().as_bytes(), &calendar).unwrap_err();
    assert!(error.contains("two values of nOffered"), "{error}");
}

#[test]
fn nothing_to_compare_is_an_error() {
    let ours = [row("queue#q#voice", BUCKET, &[("nOffered", 2)])];
    let empty = results(&[json!({"results": []})], &Settings::default());
    let error = Comparison::new(&ours, &empty, false).unwrap_err();
    assert!(error.to_string().contains("nothing to compare"), "{error}");
}

fn schema(name: &str) -> Value {
    let path =
        events_folder().join(format!("schemas/api/conversations-aggregates-query.{name}.json"));
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// A schema by which a field that Genesys does not have is an error, at any depth.
fn strict(mut schema: Value) -> Validator {
    fn close(value: &mut Value) {
        if let Some(object) = value.as_object_mut() {
            if object.contains_key("properties") {
                object.insert("additionalProperties".to_owned(), Value::Bool(false));
            }
            object.values_mut().for_each(close);
        }
    }
    close(&mut schema);
    jsonschema::validator_for(&schema).unwrap()
}

#[test]
fn responses_of_these_tests_have_the_shape_of_genesys_sdk() {
    let (_, truth) = usual_day();
    let calendar = Settings::default().calendar;
    let validator = strict(schema("response"));
    for (dimension, length) in [("queueId", "PT30M"), ("userId", "P1D")] {
        let response = response(&truth, dimension, length, &calendar);
        validator.validate(&response).unwrap_or_else(|error| panic!("{error}"));
    }
}

#[test]
fn the_queries_of_the_documentation_are_genesys_and_ask_for_metrics_and_groups_that_it_has() {
    let text = fs::read_to_string(events_folder().join("../docs/compare.md")).unwrap();
    let schema = schema("request");
    let names = |pointer: &str| schema.pointer(pointer).unwrap().as_array().unwrap().clone();
    let metrics = names("/definitions/ConversationAggregationView/properties/target/enum");
    let dimensions =
        names("/definitions/ConversationAggregateQueryPredicate/properties/dimension/enum");
    let validator = strict(schema.clone());
    let blocks = text.split("```json\n").skip(1).map(|block| block.split("```").next().unwrap());
    let queries: Vec<Value> = blocks.map(|block| serde_json::from_str(block).unwrap()).collect();
    assert_eq!(queries.len(), 2);
    for query in queries {
        validator.validate(&query).unwrap_or_else(|error| panic!("{error}"));
        for metric in query["metrics"].as_array().unwrap() {
            assert!(metrics.contains(metric), "{metric}");
        }
        for dimension in query["groupBy"].as_array().unwrap() {
            assert!(dimensions.contains(dimension), "{dimension}");
        }
    }
}
