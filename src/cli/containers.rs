//! Commands that ask docker or podman for a container. What such a client is told to start is started elsewhere, and somebody who records the
//! client should know. Only words are looked at: the usual forms, not all that these programs understand.

use std::ffi::{OsStr, OsString};
use std::path::Path;

/// Who runs containers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// Its daemon does.
    Docker,
    /// It starts a conmon for each.
    Podman,
}

/// A command that starts a container, or something in one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// Whom it asks.
    pub engine: Engine,
    /// The container, where it is named.
    pub container: Option<String>,
}

/// Options of `sudo` and `doas` that have their value in the next word.
const OF_SUDO: [&str; 11] = ["-C", "-D", "-R", "-T", "-U", "-a", "-c", "-g", "-p", "-r", "-u"];

/// Options of `docker` and `podman` themselves that have their value in the next word.
const GLOBAL: [&str; 26] = [
    "-H",
    "-c",
    "-l",
    "--cgroup-manager",
    "--config",
    "--conmon",
    "--connection",
    "--context",
    "--events-backend",
    "--hooks-dir",
    "--host",
    "--identity",
    "--imagestore",
    "--log-level",
    "--module",
    "--network-config-dir",
    "--out",
    "--root",
    "--runroot",
    "--runtime",
    "--storage-driver",
    "--storage-opt",
    "--tlscacert",
    "--tlscert",
    "--tlskey",
    "--url",
];

/// Options of `run`, `start` and `exec` that have no value. All others have one, and there are a hundred of them.
const WITHOUT_VALUE: [&str; 24] = [
    "--all",
    "--attach",
    "--detach",
    "--disable-content-trust",
    "--env-host",
    "--help",
    "--http-proxy",
    "--init",
    "--interactive",
    "--latest",
    "--no-healthcheck",
    "--no-hostname",
    "--no-hosts",
    "--oom-kill-disable",
    "--privileged",
    "--publish-all",
    "--quiet",
    "--read-only",
    "--read-only-tmpfs",
    "--replace",
    "--rm",
    "--rmi",
    "--sig-proxy",
    "--tty",
];

/// And the same as single letters.
const LETTERS_WITHOUT_VALUE: &str = "dhiqtPl";

/// What a command asks docker or podman to start, if it does.
pub(super) fn client(program: &OsStr, arguments: &[OsString]) -> Option<Client> {
    // What is no UTF-8 is none of the words that are looked for.
    let mut words = arguments.iter().map(|word| word.to_str().unwrap_or("?"));
    let base_name = |path| Path::new(path).file_name()?.to_str();
    let mut program = base_name(program)?;
    if ["sudo", "doas"].contains(&program) {
        program = base_name(next_word(&mut words, |option| OF_SUDO.contains(&option))?.as_ref())?;
    }
    let engine = match program {
        "docker" | "docker-compose" => Engine::Docker,
        "podman" | "podman-compose" => Engine::Podman,
        _ => return None,
    };
    let mut verb = if program.ends_with("-compose") { Some("compose") } else { next_word(&mut words, global) };
    if verb == Some("container") {
        verb = next_word(&mut words, global);
    }
    let container = match verb? {
        "compose" => {
            let verb = words.find(|word| ["up", "run", "start", "exec", "restart"].contains(word));
            return verb.map(|_| Client { engine, container: None });
        }
        "run" => name_given(&mut words),
        "start" => next_word(&mut words, |word| word != "-a" && of_verb(word)),
        "exec" => next_word(&mut words, of_verb),
        _ => return None,
    };
    Some(Client { engine, container: container.and_then(container_name).map(str::to_owned) })
}

/// A name or an id as docker and podman have them. Docker writes a `/` before it.
pub(super) fn container_name(text: &str) -> Option<&str> {
    let name = text.strip_prefix('/').unwrap_or(text);
    let plain = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    (name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(plain)).then_some(name)
}

/// The next word that is neither an option nor its value. `valued` says of an option whether its value is the next word.
fn next_word<'a>(words: &mut impl Iterator<Item = &'a str>, valued: impl Fn(&str) -> bool) -> Option<&'a str> {
    loop {
        match words.next()? {
            "--" => return words.next(),
            option if option.starts_with('-') => {
                if valued(option) {
                    words.next();
                }
            }
            word => return Some(word),
        }
    }
}

fn global(option: &str) -> bool {
    GLOBAL.contains(&option)
}

fn of_verb(option: &str) -> bool {
    if option.starts_with("--") {
        return !option.contains('=') && !WITHOUT_VALUE.contains(&option);
    }
    // `-it`: letters without a value. `-itv /a:/b`: the last one has one. `-p80:80`: the value is there already.
    let with_value = option[1..].find(|letter| !LETTERS_WITHOUT_VALUE.contains(letter));
    with_value.is_some_and(|place| place + 2 == option.len())
}

/// The value of `--name` before the image.
fn name_given<'a>(words: &mut impl Iterator<Item = &'a str>) -> Option<&'a str> {
    loop {
        match words.next()? {
            "--name" => return words.next(),
            "--" => return None,
            option if option.starts_with("--name=") => return option.strip_prefix("--name="),
            option if option.starts_with('-') => {
                if of_verb(option) {
                    words.next();
                }
            }
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(line: &str) -> Option<(Engine, Option<String>)> {
        let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        client(&words[0], &words[1..]).map(|client| (client.engine, client.container))
    }

    #[test]
    fn clients_of_containers_are_known_with_the_name_they_give() {
        let named = |engine, name: &str| Some((engine, Some(name.to_owned())));
        for line in [
            "docker run --name web nginx",
            "/usr/bin/docker -H tcp://run:2375 run -it --rm --name=web nginx",
            "docker --context run container run -p80:80 -v /a:/b -itv /c:/d --env run --name web nginx",
            "docker start -a web",
            "docker exec -it -u root -e A=b web sh",
            "docker container exec web sh",
            "sudo -n -u docker docker run --name web nginx",
        ] {
            assert_eq!(told(line), named(Engine::Docker, "web"), "{line}");
        }
        assert_eq!(told("podman --log-level debug run --replace --name web -d nginx"), named(Engine::Podman, "web"));
        for line in [
            "docker run nginx --name web",
            "docker run --rm -- nginx --name web",
            "docker run --name",
            "docker run --name --rm nginx",
            "docker compose -f a.yml up -d",
            "docker-compose up",
            "docker start",
        ] {
            assert_eq!(told(line), Some((Engine::Docker, None)), "{line}");
        }
    }

    #[test]
    fn what_starts_no_container_is_none_of_them() {
        for line in [
            "docker",
            "docker ps",
            "docker rm run",
            "docker build run",
            "docker compose ps",
            "dockerd run",
            "podman stop start",
            "sudo docker ps",
            "sudo",
            "./run",
        ] {
            assert_eq!(told(line), None, "{line}");
        }
    }
}
