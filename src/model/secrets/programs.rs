//! Programs that take a secret in a way of their own: by a short option, which means something else to every other program, or as a bare word.

use super::words::{mask_shapes, mask_word, names_a_secret};
use super::{MASK, base_name};
use std::collections::HashMap;
use std::sync::LazyLock;

/// How a program is given a secret.
#[derive(Debug, Clone, Copy)]
enum Given {
    /// `-p hunter2` and `-phunter2`; `--creds hunter2` and `--creds=hunter2`.
    By(&'static str),
    /// The same, and behind other letters too: `-sSu me:hunter2`.
    Among(&'static str),
    /// `-a hunter2`: what begins with the same letter is another option.
    Apart(&'static str),
    /// `-phunter2`: by itself the option asks.
    Stuck(&'static str),
    /// Words, from this one on, whatever comes behind them.
    From(usize),
}

/// What of a word is the secret.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Form {
    /// All of it.
    Whole,
    /// `me:hunter2`, `me%hunter2`, `me,hunter2`.
    User,
    /// `me/hunter2@db`.
    Login,
    /// `name=hunter2`; without `=` it is the name of a file.
    Value,
}

use Form::{Login, User, Value, Whole};
use Given::{Among, Apart, By, From, Stuck};

/// Programs; the word behind which they do so ("" for at once, `-b` for that letter among short options); how; what of it is the secret.
type Habit = (&'static [&'static str], &'static str, Given, Form);

const HABITS: &[Habit] = &[
    // Databases.
    (&["mysql", "mysqldump", "mysqladmin", "mysqlimport", "mysqlcheck", "mysqlshow", "mysqlslap"], "", By("-p"), Whole),
    (&["mysqlsh", "mysqlbinlog", "mysqlpump", "mycli", "xtrabackup", "mariabackup"], "", By("-p"), Whole),
    (&["mariadb", "mariadb-dump", "mariadb-admin", "mariadb-import", "mariadb-check"], "", By("-p"), Whole),
    (&["mongo", "mongosh", "mongodump", "mongorestore", "mongoexport", "mongoimport"], "", By("-p"), Whole),
    (&["mysqladmin"], "password", From(0), Whole),
    (&["cqlsh", "smbmap"], "", By("-p"), Whole),
    (&["redis-cli", "valkey-cli", "keydb-cli"], "", Apart("-a"), Whole),
    (&["redis-cli", "valkey-cli", "keydb-cli"], "auth", From(0), Whole),
    (&["redis-cli", "valkey-cli", "keydb-cli"], "setuser", From(1), Whole),
    (&["sqlcmd", "bcp"], "", By("-P"), Whole),
    (&["sqlplus", "sqlldr", "expdp", "impdp", "rman", "tnsping"], "", From(0), Login),
    // Transfers and mail.
    (&["curl"], "", Among("-u"), User),
    (&["curl"], "", Among("-U"), User),
    (&["curl"], "", Among("-E"), User),
    (&["curl"], "", By("--cert"), User),
    (&["curl"], "", By("--proxy-cert"), User),
    (&["curl"], "", Among("-b"), Value),
    (&["http", "https", "xh"], "", By("-a"), User),
    (&["lftp"], "", By("-u"), User),
    (&["ncftpget", "ncftpput", "ncftp"], "", By("-p"), Whole),
    (&["smbclient", "smbget", "smbcacls", "smbtree", "rpcclient", "net"], "", By("-U"), User),
    (&["swaks"], "", Apart("-ap"), Whole),
    (&["net"], "user", From(1), Whole),
    (&["mosquitto_pub", "mosquitto_sub", "mosquitto_rr"], "", Apart("-P"), Whole),
    // Registries, clouds, clusters.
    (
        &["docker", "podman", "nerdctl", "buildah", "skopeo", "oras", "crane", "helm", "oc", "az"],
        "login",
        By("-p"),
        Whole,
    ),
    (&["skopeo", "podman", "buildah"], "", By("--creds"), User),
    (&["skopeo"], "", By("--src-creds"), User),
    (&["skopeo"], "", By("--dest-creds"), User),
    (&["kubectl", "oc"], "", By("--from-literal"), Value),
    (&["twine"], "", By("-p"), Whole),
    (&["gh"], "secret", Apart("-b"), Whole),
    (&["gh"], "secret", By("--body"), Whole),
    (&["vault", "bao"], "login", From(0), Whole),
    (&["vault", "bao"], "put", From(1), Value),
    (&["vault", "bao"], "write", From(1), Value),
    (&["ansible-vault"], "encrypt_string", From(0), Whole),
    (&["rabbitmqctl"], "add_user", From(1), Whole),
    (&["rabbitmqctl"], "change_password", From(1), Whole),
    (&["rabbitmqctl"], "authenticate_user", From(1), Whole),
    // Directories, logins, machines.
    (&["ldapsearch", "ldapadd", "ldapmodify", "ldapdelete", "ldapmodrdn", "ldapcompare"], "", By("-w"), Whole),
    (&["ldapwhoami", "ldappasswd", "ldapexop"], "", By("-w"), Whole),
    (&["ldappasswd"], "", By("-s"), Whole),
    (&["ldappasswd"], "", By("-a"), Whole),
    (&["sshpass"], "", By("-p"), Whole),
    (&["plink", "pscp", "psftp"], "", Apart("-pw"), Whole),
    (&["useradd", "usermod", "rdesktop"], "", Apart("-p"), Whole),
    (&["xfreerdp", "xfreerdp3", "wlfreerdp"], "", Stuck("/p:"), Whole),
    (&["ipmitool"], "", By("-P"), Whole),
    (&["snmpget", "snmpwalk", "snmpbulkwalk", "snmpset"], "", By("-A"), Whole),
    (&["snmpget", "snmpwalk", "snmpbulkwalk", "snmpset"], "", By("-X"), Whole),
    (&["snmpget", "snmpwalk", "snmpbulkwalk", "snmpset"], "", By("-c"), Whole),
    (&["nmcli"], "password", From(0), Whole),
    (&["wpa_passphrase"], "", From(1), Whole),
    (&["htpasswd"], "-b", From(1), Whole),
    (&["mosquitto_passwd"], "-b", From(2), Whole),
    (&["mkpasswd"], "", From(0), Whole),
    // Archives and keys.
    (&["zip", "unzip", "zipcloak"], "", Among("-P"), Whole),
    (&["7z", "7za", "7zr", "7zz", "rar", "unrar"], "", Stuck("-p"), Whole),
    (&["rar", "unrar"], "", Stuck("-hp"), Whole),
    (&["openssl"], "", Apart("-k"), Whole),
    (&["openssl"], "", Apart("-K"), Whole),
    (&["openssl"], "passwd", From(0), Whole),
    (&["keytool", "jarsigner", "apksigner"], "", Apart("-storepass"), Whole),
    (&["keytool", "jarsigner"], "", Apart("-keypass"), Whole),
    (&["ssh-keygen"], "", Apart("-N"), Whole),
    (&["ssh-keygen"], "", Apart("-P"), Whole),
];

static BY_PROGRAM: LazyLock<HashMap<&str, Vec<&Habit>>> = LazyLock::new(|| {
    let mut all: HashMap<&str, Vec<&Habit>> = HashMap::new();
    for habit in HABITS {
        habit.0.iter().for_each(|program| all.entry(program).or_default().push(habit));
    }
    all
});

/// Behind these comes the name of a setting, and behind that its value: `aws configure set aws_secret_access_key hunter2`.
const SETTERS: [&str; 3] = ["set", "config", "setex"];

/// The command whose words are read: what has been said of it so far.
#[derive(Debug, Default)]
pub(super) struct Command {
    /// The last word that is a program's name in the table: in `env A=b sudo mysql -phunter2` that counts.
    habits: &'static [&'static Habit],
    /// Of these the ones whose word has been said, and how many words ago.
    awake: Vec<(&'static Habit, usize)>,
    /// sshpass starts another program, whose options are not its own.
    starts_another: bool,
    setting: bool,
    set: bool,
}

impl Command {
    /// Takes in the next word; `expected` is whether the one before has announced it. What of it is a secret by its place.
    pub(super) fn hear(&mut self, word: &str, expected: bool) -> Option<Form> {
        let option = word.starts_with('-');
        if !expected {
            if std::mem::take(&mut self.set) && !option {
                return Some(Whole);
            }
            if let Some(form) = self.place(option) {
                return Some(form);
            }
        }
        self.set = !option && std::mem::take(&mut self.setting) && !word.contains('=') && names_a_secret(word);
        self.setting = SETTERS.iter().any(|setter| word.eq_ignore_ascii_case(setter));
        let name = base_name(word);
        // `rabbitmqctl add_user mysql hunter2`: where words are counted, they are names of users and files.
        let counting = self.awake.iter().any(|(habit, _)| matches!(habit.2, From(_)));
        match BY_PROGRAM.get(name) {
            Some(habits) if !counting => {
                self.begin(habits);
                self.starts_another = name == "sshpass";
            }
            None if self.starts_another && !expected && !option => self.begin(&[]),
            _ => self.wake(word),
        }
        None
    }

    /// Another command begins, or the same anew: `docker login` in a script, after `docker run`.
    fn begin(&mut self, habits: &'static [&'static Habit]) {
        *self = Self { habits, ..Self::default() };
        self.wake("");
    }

    fn wake(&mut self, word: &str) {
        for habit in self.habits {
            let said = match habit.1.strip_prefix('-') {
                Some(letter) => word.starts_with('-') && !word.starts_with("--") && word[1..].contains(letter),
                None => word.eq_ignore_ascii_case(habit.1),
            };
            let awake = || self.awake.iter().any(|(awake, _)| std::ptr::eq(*awake, *habit));
            if said && !awake() {
                self.awake.push((habit, 0));
            }
        }
    }

    fn place(&mut self, option: bool) -> Option<Form> {
        for ((_, _, given, form), words) in &mut self.awake {
            let From(first) = given else { continue };
            if *words >= *first && !(option && *form != Whole) {
                return Some(*form);
            }
            *words += usize::from(!option);
        }
        None
    }

    /// What an option of this program is written as, and what of the next word is a secret then.
    pub(super) fn option(&self, piece: &str) -> Option<(String, Option<Form>)> {
        self.awake.iter().find_map(|((_, _, given, form), _)| {
            let (option, stuck) = match *given {
                By(option) | Stuck(option) | Among(option) => (option, piece.strip_prefix(option)),
                Apart(option) => (option, (piece == option).then_some("")),
                From(_) => return None,
            };
            let among = matches!(given, Among(_)) && is_among(option, piece);
            let value = match stuck {
                _ if among => "",
                Some(value) if option.starts_with("--") && !value.is_empty() => value.strip_prefix('=')?,
                stuck => stuck?,
            };
            match (value, given) {
                ("", Stuck(_)) => None,
                ("", _) => Some((piece.to_owned(), Some(*form))),
                (value, _) => Some((format!("{}{}", &piece[..piece.len() - value.len()], form.mask(value)), None)),
            }
        })
    }
}

/// `-sSu`: the last of several short options.
fn is_among(option: &str, piece: &str) -> bool {
    let letters = piece.strip_prefix('-').unwrap_or_default();
    letters.len() > 1
        && letters.ends_with(&option[1..])
        && letters.chars().all(|c| c.is_ascii_alphabetic())
        && !piece.starts_with(option)
}

impl Form {
    /// `word` with its secret masked. One whose shape tells is none of a user's, wherever it stands: `curl -u sk_live_0123:`.
    pub(super) fn mask(self, word: &str) -> String {
        let masked = match self {
            Whole => return MASK.to_owned(),
            // An address and no user.
            User if word.contains("://") => return mask_word(word).unwrap_or_else(|| word.to_owned()),
            User => mask_behind(word, &[':', '%', ','], ""),
            Login => mask_behind(word, &['/'], "@"),
            Value => mask_behind(word, &['='], ""),
        };
        mask_shapes(&masked).unwrap_or(masked)
    }
}

/// What is behind the first of these characters, up to `end`. Two numbers are a user and a group.
fn mask_behind(word: &str, before: &[char], end: &str) -> String {
    let number = |part: &str| part.chars().all(|c| c.is_ascii_digit());
    let Some((name, rest)) = word.split_once(before) else { return word.to_owned() };
    let (secret, behind) = match rest.rfind(end).filter(|_| !end.is_empty()) {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    // A script, as in `@/home/me/x.sql`, or who one is anyway, as in `/ as sysdba`.
    let nobody = !end.is_empty() && (name.is_empty() || name.contains(end));
    if nobody || secret.is_empty() || number(name) && number(secret) {
        return word.to_owned();
    }
    format!("{}{MASK}{behind}", &word[..=name.len()])
}
