//! The service that the leak hunt records does what it says: in process, and as processes.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod common;
#[path = "../examples/simple_api/service/mod.rs"]
mod service;

use axum::body::Body;
use axum::http::{Method, Request};
use common::{Folder, Running, example, finish, lives, send, until};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use tower::ServiceExt;

/// Status and body of an answer of the service that takes up to ten characters.
fn answer(method: &Method, path: &str, body: &[u8]) -> (u16, Value) {
    let router = service::router(service::Options { limit: 10, leak_per_rejection: 1 });
    let request = Request::builder().method(method).uri(path).body(Body::from(body.to_vec())).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let response = router.oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&body).unwrap_or_default())
    })
}

fn post(body: &[u8]) -> (u16, Value) {
    answer(&Method::POST, "/doc_length", body)
}

#[test]
fn characters_are_counted_and_not_bytes() {
    for (text, length) in [("", 0), ("0123456789", 10), ("größe", 5), ("😀😀", 2), ("e\u{301}", 2)] {
        assert_eq!(post(json!({"text": text}).to_string().as_bytes()), (200, json!(length)), "{text}");
    }
    assert_eq!(post(br#"{"text": "\ud83d\ude00", "more": 1}"#), (200, json!(1)));
    assert_eq!(answer(&Method::GET, "/health", b""), (200, json!({"status": "ok"})));
}

#[test]
fn what_is_refused_is_refused_with_the_field_that_is_wrong() {
    let field = json!(["body", "text"]);
    let body = json!(["body"]);
    let endless = json!({"text": "x".repeat(21)}).to_string();
    for (sent, place, kind) in [
        (&br#"{"text": "0123456789a"}"#[..], &field, "string_too_long"),
        (endless.as_bytes(), &field, "string_too_long"),
        (br#"{"txt": "a"}"#, &field, "missing"),
        (b"{}", &field, "missing"),
        (br#"{"text": 7}"#, &field, "string_type"),
        (br#"{"text": null}"#, &field, "string_type"),
        (br#"{"text": ["a"]}"#, &field, "string_type"),
        (br#"["text"]"#, &body, "dict_type"),
        (br#"{"text": "a""#, &body, "json_invalid"),
        (b"", &body, "json_invalid"),
        (b"{\"text\": \"gr\xf6\xdfe\"}", &body, "json_invalid"),
        (br#"{"text": "\ud83d"}"#, &body, "json_invalid"),
    ] {
        let (status, told) = post(sent);
        let detail = &told["detail"][0];
        assert_eq!((status, &detail["loc"], detail["type"].as_str()), (422, place, Some(kind)), "{sent:?}");
        assert!(detail["msg"].as_str().is_some_and(|msg| !msg.is_empty()), "{told}");
    }
    assert_eq!(answer(&Method::GET, "/doc_length", b"").0, 405);
    assert_eq!(answer(&Method::GET, "/", b"").0, 404);
}

/// The service with these words, and where it listens.
fn serving(folder: &Folder, words: &[&str]) -> (Running, String) {
    let service = folder.command(&example("simple_api"), &[&["--port", "0", "--access-log", "log"], words].concat());
    let running = Running::start(service);
    let address = running.line().strip_prefix("listening on http://").unwrap().to_owned();
    (running, address)
}

/// The children of a process.
fn children(pid: u32) -> Vec<u32> {
    let list = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    list.split_whitespace().map(|pid| pid.parse().unwrap()).collect()
}

/// What is answered to a request on a connection of its own.
fn ask(address: &str, body: &str) -> String {
    let mut connection = TcpStream::connect(address).unwrap();
    let length = body.len();
    let request =
        format!("POST /doc_length HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n");
    connection.write_all((request + body).as_bytes()).unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_worker_that_dies_is_replaced_and_none_outlives_the_service() {
    let folder = Folder::new();
    for (signal, parent_is_killed) in [(libc::SIGINT, false), (libc::SIGTERM, false), (libc::SIGKILL, true)] {
        let (mut service, address) = serving(&folder, &["--workers", "2"]);
        let before = children(service.pid());
        assert_eq!(before.len(), 2);
        send(before[0], libc::SIGKILL);
        let after = until("another worker", || {
            Some(children(service.pid())).filter(|after| after.len() == 2 && !after.contains(&before[0]))
        });
        assert!(after.contains(&before[1]), "{before:?} {after:?}");
        assert!(ask(&address, r#"{"text": "abc"}"#).ends_with("\r\n\r\n3"));
        service.signal(signal);
        assert_eq!(service.wait().success(), !parent_is_killed);
        until("the workers' end", || (!after.iter().any(|pid| lives(*pid))).then_some(()));
    }
}

#[test]
fn a_request_that_is_under_way_is_answered_before_the_end_and_each_has_its_line_in_the_log() {
    let folder = Folder::new();
    let (mut service, address) = serving(&folder, &["--limit", "3"]);
    assert!(ask(&address, r#"{"text": "four"}"#).starts_with("HTTP/1.1 422 "));
    let mut slow = TcpStream::connect(&address).unwrap();
    slow.write_all(b"POST /doc_length HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 15\r\n\r\n")
        .unwrap();
    let mut told = [0; 12];
    // It waits for the body now.
    slow.read_exact(&mut told).unwrap();
    assert_eq!(&told, b"HTTP/1.1 100");
    service.signal(libc::SIGTERM);
    until("nobody to listen any more", || TcpStream::connect(&address).is_err().then_some(()));
    assert!(service.runs());
    slow.write_all(br#"{"text": "abc"}"#).unwrap();
    let mut answer = String::new();
    slow.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("HTTP/1.1 200 OK") && answer.ends_with("\r\n\r\n3"), "{answer}");
    assert!(service.wait().success());
    let log = fs::read_to_string(folder.join("log")).unwrap();
    let ends: Vec<&str> = log.lines().map(|line| line.split_once('"').unwrap().1).collect();
    assert_eq!(ends.len(), 2, "{log}");
    assert!(ends[0].starts_with("POST /doc_length HTTP/1.1\" 422 "), "{log}");
    assert_eq!(ends[1], "POST /doc_length HTTP/1.1\" 200 1");
    assert!(log.starts_with("127.0.0.1 - - ["), "{log}");
}

#[test]
fn what_keeps_it_from_serving_is_told() {
    let folder = Folder::new();
    let (service, address) = serving(&folder, &[]);
    let port = address.rsplit(':').next().unwrap();
    for words in
        [&["--port", port][..], &["--port", port, "--workers", "2"], &["--port", "0", "--access-log", "no/such"]]
    {
        let ended = finish(folder.command(&example("simple_api"), words));
        assert_eq!((ended.code(), ended.out.as_str(), ended.err.lines().count()), (1, "", 1), "{words:?}: {ended:?}");
        assert!(ended.err.starts_with("simple_api: cannot ") && ended.err.contains("; "), "{ended:?}");
    }
    drop(service);
}

#[test]
fn the_controls_and_the_load_agree_with_the_service_on_all_texts() {
    let folder = Folder::new();
    let (service, address) = serving(&folder, &["--limit", "200"]);
    let url = format!("http://{address}");
    for text in ["english", "french", "german", "größe, 😀"] {
        for kind in ["ok", "mixed", "too-long", "malformed"] {
            let words = [kind, "--amount", "60", "--limit", "200", "--text", text];
            for control in ["check_validation", "check_client"] {
                let ended = finish(folder.command(&example(control), &words));
                assert!(ended.code() == 0 && ended.out.contains(" 60: "), "{control} {kind} {text}: {ended:?}");
            }
            let load = [&words[..], &["--url", &url, "--rate", "0", "--connections", "3"]].concat();
            let ended = finish(folder.command(&example("send_requests"), &load));
            assert!(ended.code() == 0 && ended.out.contains(": 60 sent, "), "{kind} {text}: {ended:?}");
        }
    }
    drop(service);
    let nobody =
        finish(folder.command(&example("send_requests"), &["ok", "--url", &url, "--wait", "0", "--amount", "1"]));
    assert!(nobody.code() == 1 && nobody.err.starts_with("send_requests: nobody listens at "), "{nobody:?}");
}

#[test]
fn a_service_that_answers_wrongly_is_found_out() {
    let folder = Folder::new();
    // It refuses what the load takes for right.
    let (service, address) = serving(&folder, &["--limit", "1"]);
    let load = ["ok", "--url", &format!("http://{address}"), "--limit", "100000", "--amount", "3", "--seed", "2"];
    let ended = finish(folder.command(&example("send_requests"), &load));
    assert_eq!(ended.code(), 1, "{ended:?}");
    assert!(ended.out.contains("3 sent, 200 to 0, 422 to 0, 3 errors"), "{ended:?}");
    assert!(ended.err.contains("422 ") && ended.err.contains("string_too_long"), "{ended:?}");
    drop(service);
    for (words, why) in [
        (&["--phase", "a=most,5"][..], "'most' is no kind of requests"),
        (&["--phase", "a=ok"], "write it like"),
        (&["--phase", "a=ok,many"], "'many' is no amount"),
        (&["ok", "--rate", "1e-9"], "'1e-9' is no rate"),
        (&["ok", "--recording", "run.csv"], "--mark-with"),
        (&[], "required"),
    ] {
        let wrong = finish(folder.command(&example("send_requests"), words));
        assert!(wrong.code() == 2 && wrong.err.contains(why), "{words:?}: {wrong:?}");
    }
}
