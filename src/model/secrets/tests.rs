use super::*;
use proptest::prelude::*;

fn masked(line: &[&str]) -> Vec<String> {
    mask(line.iter().map(|argument| (*argument).to_owned()).collect())
}

#[test]
fn secrets_are_masked_by_the_name_before_them() {
    let cases: [(&[&str], &[&str]); 20] = [
        (&["x", "--password=hunter2"], &["x", "--password=***"]),
        (&["x", "--password", "hunter2", "y"], &["x", "--password", "***", "y"]),
        (&["x", "--token", "abc"], &["x", "--token", "***"]),
        (&["x", "--api-key=abc"], &["x", "--api-key=***"]),
        (&["x", "-password", "abc"], &["x", "-password", "***"]),
        (&["env", "AWS_SECRET_ACCESS_KEY=abc", "x"], &["env", "AWS_SECRET_ACCESS_KEY=***", "x"]),
        (&["x", "DB_PASS=abc"], &["x", "DB_PASS=***"]),
        (&["java", "-Dspring.datasource.password=abc"], &["java", "-Dspring.datasource.password=***"]),
        (&["psql", "postgres://me:hunter2@db/app"], &["psql", "postgres://me:***@db/app"]),
        (&["psql", "postgres://me:hun/ter2@db/app"], &["psql", "postgres://me:***@db/app"]),
        (&["x", "--dsn=postgres://me:hunter2@db/app"], &["x", "--dsn=postgres://me:***@db/app"]),
        (&["x", "me:hunter2@host"], &["x", "me:***@host"]),
        (&["git", "clone", "https://abc123@host/x"], &["git", "clone", "https://***@host/x"]),
        (&["curl", "https://h/p?a=1&access_token=abc&b=2"], &["curl", "https://h/p?a=1&access_token=***&b=2"]),
        (&["curl", "-H", "Authorization: Bearer abc.def"], &["curl", "-H", "Authorization: Bearer ***"]),
        (&["curl", "-u", "me:hunter2", "h"], &["curl", "-u", "me:***", "h"]),
        (&["/usr/bin/mysql", "-phunter2"], &["/usr/bin/mysql", "-p***"]),
        (&["sshpass", "-p", "hunter2", "ssh", "h"], &["sshpass", "-p", "***", "ssh", "h"]),
        (&["sh", "-c", "x --password hunter2 && y"], &["sh", "-c", "x --password *** && y"]),
        (&["x", "ghp_0123456789abcdef0123"], &["x", "ghp_***"]),
    ];
    for (given, written) in cases {
        assert_eq!(masked(given), written);
    }
}

#[test]
fn secrets_are_found_among_other_things() {
    let cases = [
        (r#"{"user":"x","password":"hunter2"}"#, r#"{"user":"x","password":"***"}"#),
        (r#"{"password": "hunter2"}"#, r#"{"password": ***"#),
        ("user=me&pass=hunter2", "user=me&pass=***"),
        ("Server=db;Uid=sa;Pwd=hunter2;Database=x", "Server=db;Uid=sa;Pwd=***;Database=x"),
        ("Authorization: ApiKey hunter2", "Authorization: ApiKey ***"),
        ("Authorization: Custom hunter2 more", "Authorization: ***"),
        ("Authorization:Bearer hunter2", "Authorization:Bearer ***"),
        ("Cookie: a=b; session=hunter2", "Cookie: ***"),
        (r#"x --passphrase "a hunter2 b" y"#, "x --passphrase *** y"),
        ("x --token $(echo hunter2) y", "x --token *** y"),
        ("curl -H 'Authorization: Bearer hunter2' h", "curl -H 'Authorization: Bearer ***' h"),
        ("ssh h \"mysql -phunter2 db\"", "ssh h \"mysql -p*** db\""),
        ("--user=me:hunter2", "--user=me:***"),
        (r#"{"password":["hunter2"]}"#, r#"{"password":["***"]}"#),
        (r#"{\"password\":\"hunter2\"}"#, r#"{\"password\":\"***\"}"#),
        ("STRIPE_KEY=hunter2", "STRIPE_KEY=***"),
        ("SSHPASS=hunter2", "SSHPASS=***"),
        ("DBPASS=hunter2", "DBPASS=***"),
        ("-Dapi.key=hunter2", "-Dapi.key=***"),
        ("--auth-key=hunter2", "--auth-key=***"),
        ("-----BEGIN RSA PRIVATE KEY-----hunter2", "***"),
        ("--header=Authorization: Bearer hunter2", "--header=Authorization: Bearer ***"),
        ("http.extraheader=AUTHORIZATION: basic hunter2", "http.extraheader=AUTHORIZATION: basic ***"),
        (r#"{"password":"hunter2","url":"https://u:hunter3@h"}"#, r#"{"password":"***","url":"https://u:***@h"}"#),
        ("user=me;password=hunter2;url=http://u:hunter3@h", "user=me;password=***;url=http://u:***@h"),
        ("DefaultEndpoint=https;AccountKey=hunter2==;x=y", "DefaultEndpoint=https;AccountKey=***;x=y"),
        ("https://h/blob?sv=1&sig=hunter2", "https://h/blob?sv=1&sig=***"),
        ("https://h/x?X-Amz-Signature=hunter2&y=1", "https://h/x?X-Amz-Signature=***&y=1"),
        ("--password=hun,ter&2;x", "--password=***"),
        ("--password=several words hunter2", "--password=***"),
        ("token=hunter2://u:hunter3@h", "token=***"),
        ("x/u:hunter2@h/?token=hunter3", "x/u:***@h/?token=***"),
    ];
    for (given, written) in cases {
        assert_eq!(masked(&["x", given])[1], written);
    }
    assert_eq!(masked(&["sh", "-c", "DB_PASS=hunter2 ./server --port 80"])[2], "DB_PASS=*** ./server --port 80");
    assert_eq!(masked(&["sh", "-c", "PGPASSWORD='a hunter2' x"])[2], "PGPASSWORD=*** x");
    for (given, written) in [
        ("wget '--header=Authorization: Bearer hunter2' h", "wget '--header=Authorization: Bearer ***' h"),
        ("curl -H Authorization: Bearer hunter2", "curl -H Authorization: Bearer ***"),
        ("X=$(curl --token hunter2 -d pass=hunter3 h)", "X=$(curl --token *** -d pass=*** h)"),
        (r"x --password a\ hunter2 y", "x --password *** y"),
        (r#"{"password" : "hunter2"}"#, r#"{"password" : ***"#),
        (r"PASSWORD=a\ hunter2 x", "PASSWORD=*** x"),
        ("const password = \"hunter2\"", "const password = ***"),
        ("ALTER USER x WITH PASSWORD 'hunter2'", "ALTER USER x WITH PASSWORD ***"),
        ("tool --password x; other --port 80", "tool --password ***; other --port 80"),
        ("TOKEN=a;B=2 ./x", "TOKEN=***;B=2 ./x"),
        ("mysql -phunter2 db < d; ssh -p 22 h", "mysql -p*** db < d; ssh -p 22 h"),
    ] {
        assert_eq!(masked(&["sh", "-c", given])[2], written);
    }
    assert_eq!(masked(&["worker --password=hunter2 redis://:hunter3@h"]), ["worker --password=*** redis://:***@h"]);
    assert_eq!(masked(&["smbclient", "-U", "me%hunter2"])[2], "me%***");
    assert_eq!(masked(&["plink", "-pw", "hunter2"])[2], MASK);
    assert_eq!(
        masked(&["x", "https://hooks.slack.com/services/T1/B2/hunter2"])[1],
        "https://hooks.slack.com/services/***"
    );
    assert_eq!(
        masked(&["x", "https://api.telegram.org/bot123:hunter2/send?x=1"])[1],
        "https://api.telegram.org/bot***?x=1"
    );
    assert_eq!(masked(&["mysqladmin", "-u", "root", "password", "hunter2"])[4], MASK);
    assert_eq!(masked(&["x", "--otp=hunter2"])[1], "--otp=***");
    assert_eq!(masked(&["x", "me:hunter2@tcp(db:3306)/app"])[1], "me:***@tcp(db:3306)/app");
    // Announced, and then something else comes.
    assert_eq!(masked(&["curl", "-u", "--password=hunter2"])[2], "--password=***");
    assert_eq!(masked(&["x", "--token", "--password=a hunter2"])[2], MASK);
}

#[test]
fn what_is_masked_stays_as_it_is() {
    for line in
        ["x --password *** y", "curl -H 'Authorization: Bearer ***' h", "a=b&pass=***", "postgres://me:***@db/app"]
    {
        assert_eq!(masked(&["sh", "-c", line]), ["sh", "-c", line]);
    }
}

#[test]
fn what_is_no_secret_stays_readable() {
    let cases: [&[&str]; 25] = [
        &["docker", "login", "--password-stdin", "registry"],
        &["ansible-playbook", "--ask-pass", "site.yml"],
        &["env", "PWD=/home/me", "TOKENIZERS_PARALLELISM=false", "x"],
        &["ffmpeg", "-pass", "2", "out.mp4"],
        &["sh", "-c", "mkdir -p /a/b; mysql -uroot db < d; ssh -p 22 h"],
        &["serve", "--max-tokens", "4096", "--max-num-batched-tokens=8192", "--tokenizer", "gpt2"],
        &["wget", "--no-cookies", "http://h"],
        &["psql", "--no-password", "db"],
        &["sshpass", "-e", "ssh", "-p", "2222", "h"],
        &["docker", "pull", "nginx:1.25@sha256:0123456789abcdef"],
        &["sh", "-c", "sshpass -e ssh -p 2222 h"],
        &["sh", "-c", "psql --no-password db; x --tokenizer gpt2"],
        &["pip", "install", "git+https://github.com/x/y@v1.2"],
        &["docker", "run", "--user=1000:1000", "image"],
        &["x", "https://host:8080/a@b"],
        &["sh", "-c", "echo 'it is 12:30' (a b) \"c\""],
        &["mkdir", "-p", "a/b"],
        &["python", "-m", "http.server", "8000"],
        &["x", "--password-file=/run/secret"],
        &["x", "--token-type", "jwt"],
        &["hypercorn", "--bind", "127.0.0.1:8080", "app:app"],
        &["docker", "run", "-v", "/a:/b", "image:tag"],
        &["x", "https://host/path?page=2"],
        &["rustc", "--crate-name", "tokenizer", "--edition=2024"],
        &["x", "passenger=3", "bypass", "compass"],
    ];
    for line in cases {
        assert_eq!(masked(line), line);
    }
}

#[test]
fn the_program_itself_and_an_empty_line_are_left_alone() {
    assert_eq!(masked(&[]), [""; 0]);
    assert_eq!(masked(&["token"]), ["token"]);
}

proptest! {
    #[test]
    fn whatever_the_line_is_masking_twice_is_masking_once(
        line in prop::collection::vec("(--?)?(token|pass|user|a|x:y|é|Cookie|mysql|-p|https://)?[=: '\"({&@%]{0,3}[ab9é]{0,4}[ '\")}]{0,2}", 1..5)
    ) {
        let once = mask(line.clone());
        prop_assert_eq!(once.len(), line.len());
        prop_assert_eq!(mask(once.clone()), once);
    }
}

#[test]
fn what_is_nested_too_deeply_or_too_long_takes_no_time_and_no_stack() {
    for line in ["(".repeat(100_000), "a:".repeat(60_000), "'\"".repeat(50_000), "://".repeat(40_000)] {
        assert!(!mask(vec!["x".to_owned(), format!("{line} a b")]).is_empty());
        assert!(!mask(vec!["x".to_owned(), line]).is_empty());
    }
}
