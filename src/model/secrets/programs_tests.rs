//! Whose short options and bare words are secrets, and whose are not; and that what is planted in a command line shows in none.

use super::*;
use proptest::prelude::*;

fn masked(line: &[&str]) -> Vec<String> {
    mask(line.iter().map(|argument| (*argument).to_owned()).collect())
}

/// The line with blanks between its arguments, as far as none of them holds any.
fn masked_words(line: &str) -> String {
    masked(&line.split(' ').collect::<Vec<_>>()).join(" ")
}

#[test]
fn what_a_short_option_means_depends_on_the_program() {
    for (given, written) in [
        ("mysql -phunter2 -u root db", "mysql -p*** -u root db"),
        ("/usr/bin/mysqldump -uroot -phunter2 db", "/usr/bin/mysqldump -uroot -p*** db"),
        ("docker login -u me -p hunter2 r.io", "docker login -u me -p *** r.io"),
        ("docker run -p 80:80 nginx", "docker run -p 80:80 nginx"),
        ("redis-cli -h db -a hunter2 ping", "redis-cli -h db -a *** ping"),
        ("redis-cli --askpass -h db", "redis-cli --askpass -h db"),
        ("ls -a dir", "ls -a dir"),
        ("sshpass -p hunter2 ssh -p 22 h", "sshpass -p *** ssh -p 22 h"),
        ("sshpass -phunter2 ssh h", "sshpass -p*** ssh h"),
        ("curl -u me:hunter2 https://h", "curl -u me:*** https://h"),
        ("curl -sSu me:hunter2 https://h", "curl -sSu me:*** https://h"),
        ("curl -ume:hunter2 https://h", "curl -ume:*** https://h"),
        ("curl -b session=hunter2 h", "curl -b session=*** h"),
        ("curl -b cookies.txt h", "curl -b cookies.txt h"),
        ("sort -u a:b", "sort -u a:b"),
        ("7z a -phunter2 a.7z dir", "7z a -p*** a.7z dir"),
        ("7z a -p a.7z dir", "7z a -p a.7z dir"),
        ("unzip -P hunter2 a.zip", "unzip -P *** a.zip"),
        ("unzip -oP hunter2 a.zip", "unzip -oP *** a.zip"),
        ("wget -P dir http://h", "wget -P dir http://h"),
        ("ldapsearch -x -D cn=me -w hunter2 -b dc=x", "ldapsearch -x -D cn=me -w *** -b dc=x"),
        ("smbclient //h/s -U me%hunter2", "smbclient //h/s -U me%***"),
        ("openssl rsa -passin pass:hunter2 -in k", "openssl rsa -passin pass:*** -in k"),
        ("openssl rsa -passin env:NAME -in k", "openssl rsa -passin env:NAME -in k"),
        ("openssl enc -aes256 -k hunter2 -in f", "openssl enc -aes256 -k *** -in f"),
        ("openssl req -keyout k.pem", "openssl req -keyout k.pem"),
        ("keytool -list -storepass hunter2", "keytool -list -storepass ***"),
        ("skopeo copy --src-creds me:hunter2 a b", "skopeo copy --src-creds me:*** a b"),
        ("lftp -u me,hunter2 h", "lftp -u me,*** h"),
        (
            "kubectl create secret generic x --from-literal=a=hunter2",
            "kubectl create secret generic x --from-literal=a=***",
        ),
    ] {
        assert_eq!(masked_words(given), written);
    }
}

#[test]
fn some_programs_take_secrets_as_bare_words() {
    for (given, written) in [
        ("redis-cli AUTH hunter2", "redis-cli AUTH ***"),
        ("redis-cli -h db auth me hunter2", "redis-cli -h db auth *** ***"),
        ("redis-cli CONFIG SET requirepass hunter2", "redis-cli CONFIG SET requirepass ***"),
        ("redis-cli SET user:7 auth", "redis-cli SET user:7 auth"),
        ("htpasswd -b f me hunter2", "htpasswd -b f *** ***"),
        ("htpasswd -nbB me hunter2", "htpasswd -nbB me ***"),
        ("htpasswd f me", "htpasswd f me"),
        ("rabbitmqctl add_user me hunter2", "rabbitmqctl add_user me ***"),
        ("rabbitmqctl -n node change_password me hunter2", "rabbitmqctl -n node change_password me ***"),
        ("rabbitmqctl list_users name tags", "rabbitmqctl list_users name tags"),
        ("sqlplus -S me/hunter2@db", "sqlplus -S me/***@db"),
        ("sqlplus / as sysdba @/home/x.sql", "sqlplus / as sysdba @/home/x.sql"),
        ("vault kv put secret/app a=hunter2", "vault kv put secret/app a=***"),
        ("rabbitmqctl add_user mysql hunter2", "rabbitmqctl add_user mysql ***"),
        ("wpa_passphrase net hunter2", "wpa_passphrase net ***"),
        ("aws configure set aws_secret_access_key hunter2", "aws configure set aws_secret_access_key ***"),
        ("git config user.name me", "git config user.name me"),
    ] {
        assert_eq!(masked_words(given), written);
    }
}

#[test]
fn the_program_is_found_behind_others_and_within_scripts() {
    for (given, written) in [
        ("sudo -u me mysql -phunter2", "sudo -u me mysql -p***"),
        ("nohup env A=b redis-cli -a hunter2", "nohup env A=b redis-cli -a ***"),
        ("sudo DB_PASSWORD=hunter2 ./x", "sudo DB_PASSWORD=*** ./x"),
        ("env API_KEY=hunter2 MODE=fast ./x", "env API_KEY=*** MODE=fast ./x"),
    ] {
        assert_eq!(masked_words(given), written);
    }
    for (given, written) in [
        ("mysql -phunter2", "mysql -p***"),
        ("cd /x && redis-cli AUTH hunter2; ls -a x", "cd /x && redis-cli AUTH ***; ls -a x"),
        ("docker login -p hunter2 | tee log -p x", "docker login -p *** | tee log -p x"),
        ("rabbitmqctl add_user me 'hunter2'", "rabbitmqctl add_user me ***"),
        ("sudo sh -c \"mysql -phunter2\"", "sudo sh -c \"mysql -p***\""),
    ] {
        assert_eq!(masked(&["sh", "-c", given])[2], written);
    }
    assert_eq!(masked(&["mysql -phunter2 db"]), ["mysql -p*** db"], "over its first argument");
}

#[test]
fn shapes_and_addresses_tell_too() {
    for (given, written) in [
        ("https://h/p?key=hunter2&q=1", "https://h/p?key=***&q=1"),
        ("https://h/p?q=1&token=hunter2", "https://h/p?q=1&token=***"),
        ("sort?by=key:x", "sort?by=key:x"),
        ("{\"a\":[\"ghp_0123456789abcdef0123\"]}", "{\"a\":[\"ghp_***\"]}"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc_-9", "eyJ***"),
        ("AKIA0123456789ABCDEF,x", "AKIA***,x"),
        ("sk-learn-pipelines-of-mine", "sk-learn-pipelines-of-mine"),
        ("ssh://git@github.com/x", "ssh://git@github.com/x"),
        ("https://hunter2@github.com/x", "https://***@github.com/x"),
    ] {
        assert_eq!(masked(&["x", given])[1], written);
    }
    assert_eq!(masked_words("curl -u sk_live_0123456789abcdef: h"), "curl -u sk_live_***: h");
}

#[test]
fn a_secret_may_look_like_an_option() {
    assert_eq!(masked_words("x --password --hunter2 y"), "x --password *** y");
    assert_eq!(masked_words("x --password -hunter2 y"), "x --password *** y");
    assert_eq!(masked_words("x --with-password --token hunter2 y"), "x --with-password *** *** y");
    assert_eq!(masked(&["sh", "-c", "x --token --hunter2 y"])[2], "x --token *** y");
    assert_eq!(masked_words("x --token -- y"), "x --token -- y");
}

/// Ways to give a secret, which stands for `@`. Arguments are parted by `|`.
const CARRIERS: [&str; 46] = [
    "mysql|-p@",
    "docker|login|-u|me|-p|@|r.io",
    "redis-cli|-a|@|ping",
    "redis-cli|AUTH|@",
    "htpasswd|-b|f|me|@",
    "htpasswd|-bc|f|me|@",
    "curl|-u|me:@|https://h",
    "curl|-sSu|me:@|https://h",
    "curl|-H|Authorization: Bearer @|https://h",
    "curl|-H|X-Api-Key: @",
    "curl|https://h/p?key=@&x=1",
    "curl|https://h/p?a=b&token=@",
    "curl|https://h/p?a=b&sig=@",
    "curl|-d|{\"user\":\"me\",\"password\":\"@\"}|h",
    "curl|-d|user=me&password=@|h",
    "sshpass|-p|@|ssh|h",
    "sshpass|-p@|ssh|h",
    "wget|--password|@|h",
    "wget|--password=@|h",
    "psql|postgresql://me:@@h/db",
    "psql|host=h password=@ user=me",
    "openssl|rsa|-passin|pass:@",
    "openssl|enc|-k|@",
    "7z|a|-p@|a.7z",
    "unzip|-P|@|a.zip",
    "ldapsearch|-w|@|-b|dc=x",
    "smbclient|//h/s|-U|me%@",
    "rabbitmqctl|add_user|me|@",
    "sqlplus|me/@@db",
    "java|-Dfoo.password=@|-jar|x",
    "env|DB_PASSWORD=@|x",
    "sudo|API_TOKEN=@|x",
    "docker|run|-e|SECRET_KEY=@|x",
    "x|--secret|@",
    "x|--api-key=@",
    "x|-token|@",
    "x|--user|me:@",
    "x|Server=db;Pwd=@;Database=x",
    "x|ghp_0a1b2c3d@",
    "x|sk-0a1b2c3d@",
    "x|AKIA0a1b2c3d@",
    "x|-----BEGIN RSA PRIVATE KEY-----\n@\n-----END RSA PRIVATE KEY-----",
    "mongodump|-p|@",
    "keytool|-storepass|@",
    "vault|login|@",
    "mount|-o|username=me,password=@|//h/s|/m",
];

/// What a command stands behind.
const BEFORE: [&[&str]; 6] =
    [&[], &["sudo"], &["nohup"], &["env", "A=b", "LANG=C"], &["sudo", "-E", "env", "X=1"], &["timeout", "5"]];

/// As a shell wants it: in single quotes where a word needs them.
fn quoted(argument: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
    if argument.chars().all(plain) { argument.to_owned() } else { format!("'{argument}'") }
}

proptest! {
    #[test]
    fn a_planted_secret_never_shows(
        carrier in prop::sample::select(&CARRIERS[..]),
        before in prop::sample::select(&BEFORE[..]),
        nested in any::<bool>(),
        // The middle of it is what must not be seen anywhere.
        dashes in prop::sample::select(&["", "--", "-"][..]),
        secret in "Zq7[a-zA-Z0-9_.]{8,20}",
        tail in prop::sample::select(&["", "!", "+x", "%1", "@", "#"][..]),
    ) {
        let mut arguments: Vec<String> = before.iter().map(|word| (*word).to_owned()).collect();
        let plant = format!("{dashes}{secret}{tail}");
        arguments.extend(carrier.split('|').map(|word| word.replacen('@', &plant, 1)));
        if nested {
            let line = arguments.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ");
            arguments = vec!["sh".to_owned(), "-c".to_owned(), line];
        }
        let written = mask(arguments.clone());
        prop_assert!(!written.join("\0").contains(&secret), "{arguments:?} became {written:?}");
        // And as a process that has written all of it over its first argument.
        let title = mask(vec![arguments.join(" ")]);
        prop_assert!(!title[0].contains(&secret), "{arguments:?} became {title:?}");
    }

    #[test]
    fn a_line_without_secrets_is_unchanged(
        before in prop::sample::select(&BEFORE[..]),
        program in prop::sample::select(&["ls", "cargo", "/usr/bin/python3", "node", "docker", "ssh", "tar", "make", "psql", "nginx"][..]),
        words in prop::collection::vec(prop::sample::select(&[
            "-p", "-a", "-u", "-w", "-v", "-P", "5", "22", "80:80", "1000:1000", "x.py", "a/b.c", "/run/secrets/db", "gpt2", "a=b", "--max-tokens", "100",
            "--token-count", "--keyspace", "ks", "--tokenizer", "--password-file", "--key", "key.pem", "me", "run", "--port=80", "token", "pass",
            "https://h:80/p?page=2&q=x", "ssh://git@h/x", "git@github.com:x/y.git", "--passes", "3", "--author", "-Xmx2g", "app:app", "host:/path", "key=x",
            "--no-password", "--ask-pass", "C:/x", "a,b", "*.rs", "--", "-c", "x@y.z", "12:30", "{\"a\":1}", "it is (so)", "{\"mail\":\"me@host\"}", "'a b' | c", "--keys", "--monkey", "k",
        ][..]), 0..12),
    ) {
        let line: Vec<String> = before.iter().copied().chain([program]).chain(words).map(str::to_owned).collect();
        prop_assert_eq!(mask(line.clone()), line);
    }
}
