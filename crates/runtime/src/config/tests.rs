use std::net::SocketAddr;
use std::path::Path;

use serde::Serialize;

use super::*;
use crate::trace::Ratio;

struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

fn load_file(text: &str) -> Result<Config, Vec<ConfigError>> {
    let files = Files::new();
    Config::load(Sources::new().file(Some(files.write("posthouse.toml", text))))
}

fn load_variables(variables: &[(&str, &str)]) -> Result<Config, Vec<ConfigError>> {
    Config::load(Sources::new().environment(variables.iter().copied()))
}

/// The only fault, as code and text.
fn fault<T: std::fmt::Debug>(loaded: Result<T, Vec<ConfigError>>) -> (&'static str, String) {
    let faults = loaded.unwrap_err();
    assert_eq!(faults.len(), 1, "{faults:?}");
    (faults[0].code(), faults[0].to_string())
}

#[derive(Serialize, Default)]
struct Flags {
    http: HttpFlags,
    node: NodeFlags,
}

#[derive(Serialize, Default)]
struct HttpFlags {
    address: Option<SocketAddr>,
}

#[derive(Serialize, Default)]
struct NodeFlags {
    data_dir: Option<PathBuf>,
}

#[test]
fn defaults_need_nothing() {
    let config = Config::load(Sources::new()).unwrap();
    assert_eq!(config, Config::default());
    assert_eq!(config.http.address, "127.0.0.1:7070".parse().unwrap());
    assert_eq!(config.region.size(), posthouse_bus::topology::Size::LAPTOP);
    assert!(
        config
            .node
            .name()
            .ends_with(&format!("-{}", std::process::id()))
    );
}

#[test]
fn every_default_is_allowed() {
    let page: toml::Table = schema()
        .iter()
        .map(|section| {
            let keys = section
                .settings
                .iter()
                .filter(|setting| setting.default != "unset");
            let lines: Vec<_> = keys.map(|s| format!("{} = {}", s.key, s.default)).collect();
            let table: toml::Table = lines.join("\n").parse().unwrap();
            (section.key.to_owned(), toml::Value::Table(table))
        })
        .collect();
    assert_eq!(load_file(&page.to_string()).unwrap(), Config::default());
}

#[test]
fn each_layer_is_over_the_one_before() {
    let files = Files::new();
    let file = files.write(
        "posthouse.toml",
        "[http]\naddress = \"127.0.0.1:1\"\nbody_bytes_max = 2000\n[node]\ndata_dir = \"a\"\n\
         [region]\nkey = \"file\"\n",
    );
    let variables = [
        ("POSTHOUSE_HTTP__ADDRESS", "127.0.0.1:2"),
        ("POSTHOUSE_REGION__KEY", "variable"),
        ("PATH", "not ours"),
    ];
    let flags = Flags {
        http: HttpFlags {
            address: Some("127.0.0.1:3".parse().unwrap()),
        },
        ..Flags::default()
    };
    let sources = Sources::new()
        .file(Some(file))
        .environment(variables)
        .flags(&flags);
    let config = Config::load(sources).unwrap();
    assert_eq!(config.http.address.port(), 3, "flags are the strongest");
    assert_eq!(config.region.key, "variable", "then variables");
    assert_eq!(config.http.body_bytes_max, 2_000, "then the file");
    assert_eq!(
        config.node.data_dir,
        Path::new("a"),
        "a flag that was not given changes nothing"
    );
    assert_eq!(
        config.http.request_timeout_ms,
        Http::default().request_timeout_ms
    );
}

#[test]
fn a_variable_names_the_file_unless_a_flag_does() {
    let files = Files::new();
    let named = files.write("named.toml", "[region]\nkey = \"named\"");
    let given = files.write("given.toml", "[region]\nkey = \"given\"");
    let sources = || Sources::new().environment([(FILE_VARIABLE, named.as_os_str())]);
    assert_eq!(Config::load(sources()).unwrap().region.key, "named");
    assert_eq!(
        Config::load(sources().file(None)).unwrap().region.key,
        "named"
    );
    assert_eq!(
        Config::load(sources().file(Some(given)))
            .unwrap()
            .region
            .key,
        "given"
    );
}

#[test]
fn variables_are_read_as_the_setting_wants_them() {
    let config = load_variables(&[
        ("POSTHOUSE_NODE__NAME", "007"),
        ("POSTHOUSE_BUS__URLS", "nats://a:4222, tls://b:4222"),
        ("POSTHOUSE_REGION__REPLICAS", "3"),
        ("POSTHOUSE_NOTIFIER__CONSOLE", "false"),
        (
            "POSTHOUSE_WEBHOOKS__ALLOW_ADDRESSES",
            "127.0.0.0/8, fd00::/8",
        ),
        ("POSTHOUSE_LOG__FORMAT", "json"),
        ("POSTHOUSE_BUS__USER", ""),
        ("POSTHOUSE_SERVICE_HOST", "10.0.0.1"),
    ])
    .unwrap();
    assert_eq!(config.node.name(), "007");
    assert_eq!(config.bus.urls, ["nats://a:4222", "tls://b:4222"]);
    assert_eq!(config.region.replicas, 3);
    assert!(!config.notifier.console);
    let allowed = ["127.0.0.0/8", "fd00::/8"].map(|net| net.parse().unwrap());
    assert_eq!(config.webhooks.allow_addresses, allowed);
    assert_eq!(config.log.format, LogFormat::Json);
    assert_eq!(config.bus.user, None, "an empty variable is not set");
}

#[test]
fn unknown_keys_are_refused_with_the_nearest() {
    let cases = [
        (
            "[http]\nadress = 1",
            "`http.adress`",
            "no such key; did you mean `http.address`?",
        ),
        (
            "[http]\nurls = []",
            "`http.urls`",
            "did you mean `bus.urls`?",
        ),
        (
            "[htpp]\naddress = \"\"",
            "`htpp`",
            "no such section; did you mean `http`?",
        ),
        (
            "address = \"\"",
            "`address`",
            "no such key; did you mean `http.address`?",
        ),
        (
            "[log]\ncolour = true",
            "`log.colour`",
            "`log` has `format`, `filter`",
        ),
        (
            "[kubernetes]",
            "`kubernetes`",
            "the sections are `node`, `bus`, `region`",
        ),
    ];
    for (text, key, hint) in cases {
        let (code, said) = fault(load_file(text));
        assert_eq!(code, "CFG0003");
        assert!(said.starts_with(&format!("accept {key} (file ")), "{said}");
        assert!(
            said.contains("posthouse.toml") && said.contains(hint),
            "{said}"
        );
    }
}

#[test]
fn unknown_variables_are_refused_with_the_nearest() {
    let cases = [
        (
            "POSTHOUSE_HTTP__ADRESS",
            "did you mean POSTHOUSE_HTTP__ADDRESS?",
        ),
        (
            "POSTHOUSE_HTTP_ADDRESS",
            "did you mean POSTHOUSE_HTTP__ADDRESS?",
        ),
        (
            "POSTHOUSE_http__address",
            "did you mean POSTHOUSE_HTTP__ADDRESS?",
        ),
        (
            "POSTHOUSE_X__Y",
            "its name is POSTHOUSE_<SECTION>__<KEY>, and the sections are `node`",
        ),
    ];
    for (name, hint) in cases {
        let (code, said) = fault(load_variables(&[(name, "127.0.0.1:1")]));
        assert_eq!(code, "CFG0003");
        assert!(
            said.contains(&format!("(environment variable {name})")),
            "{said}"
        );
        assert!(said.contains(hint), "{said}");
    }
}

#[test]
fn wrong_types_are_refused_with_their_origin() {
    let cases = [
        (
            "[http]\nbody_bytes_max = \"big\"",
            "it is text and must be a whole number",
        ),
        (
            "[http]\nbody_bytes_max = 1.5",
            "it is a number with a fraction and must be a whole",
        ),
        (
            "[http]\naddress = 7070",
            "it is a whole number and must be text",
        ),
        (
            "[http.address]\nport = 7070",
            "it is a table and must be text",
        ),
        (
            "[bus]\nurls = \"nats://me:secret@host\"",
            "it is text and must be a list of texts",
        ),
        (
            "[bus]\nurls = [1]",
            "it is a list of other things and must be a list of texts",
        ),
        (
            "[notifier]\nconsole = 1",
            "it is a whole number and must be true or false",
        ),
        (
            "http = 3",
            "it is a whole number and must be a table of settings",
        ),
    ];
    for (text, why) in cases {
        let (code, said) = fault(load_file(text));
        assert_eq!(code, "CFG0004", "{said}");
        assert!(
            said.contains(why) && said.contains("posthouse.toml"),
            "{said}"
        );
        assert!(!said.contains("secret"), "{said}");
    }
    let (code, said) = fault(load_variables(&[("POSTHOUSE_REGION__PARTITIONS", "four")]));
    assert_eq!(code, "CFG0004");
    assert_eq!(
        said,
        "accept `region.partitions` (environment variable POSTHOUSE_REGION__PARTITIONS): \
         it is text and must be a whole number"
    );
}

#[test]
fn values_out_of_range_are_refused_with_the_range() {
    let cases = [
        (
            "[region]\npartitions = 0",
            "0 is not allowed; allowed: 1 to 100 partitions",
        ),
        (
            "[region]\npartitions = 70000",
            "70000 is not allowed; allowed: 1 to 100",
        ),
        ("[region]\npartitions = -1", "-1 is not allowed"),
        (
            "[region]\nreplicas = 2",
            "2 is not allowed; allowed: 1, 3 or 5 copies",
        ),
        (
            "[region]\nkey = \"CN North\"",
            "\"CN North\" is not allowed; allowed: 1 to 32 of a-z",
        ),
        (
            "[http]\naddress = \"localhost\"",
            "\"localhost\" is not allowed; allowed: an IP",
        ),
        (
            "[log]\nformat = \"xml\"",
            "\"xml\" is not allowed; allowed: `text` or `json`",
        ),
        (
            "[log]\nfilter = \"inof\"",
            "\"inof\" is not allowed; allowed: levels",
        ),
        (
            "[node]\nname = \"\"",
            "\"\" is not allowed; allowed: 1 to 64",
        ),
        (
            "[bus]\nurls = [\"nats://me:secret@host\"]",
            "a list of texts is not allowed",
        ),
    ];
    for (text, why) in cases {
        let (code, said) = fault(load_file(text));
        assert_eq!(code, "CFG0005", "{said}");
        assert!(said.contains(why), "{said}");
        assert!(!said.contains("secret"), "{said}");
    }
}

#[test]
fn the_origin_is_the_layer_that_won() {
    let files = Files::new();
    let file = files.write("posthouse.toml", "[region]\nkey = \"BAD\"");
    let variable = ("POSTHOUSE_REGION__KEY", "WORSE");
    let sources = Sources::new().file(Some(file)).environment([variable]);
    let (_, said) = fault(Config::load(sources));
    assert!(
        said.contains("POSTHOUSE_REGION__KEY") && said.contains("WORSE"),
        "{said}"
    );
    let flags = toml::toml! { [region]
    key = "WORST" };
    let (_, said) = fault(Config::load(
        Sources::new().environment([variable]).flags(&flags),
    ));
    assert!(
        said.contains("(command line)") && said.contains("WORST"),
        "{said}"
    );
}

#[test]
fn all_faults_come_at_once() {
    let files = Files::new();
    let file = files.write("posthouse.toml", "[http]\nadress = 1\nbody_bytes_max = 1");
    let variables = [
        ("POSTHOUSE_REGION__KEYS", "x"),
        ("POSTHOUSE_BUS__USER", "me"),
    ];
    let faults = Config::load(Sources::new().file(Some(file)).environment(variables)).unwrap_err();
    let codes: Vec<_> = faults.iter().map(ConfigError::code).collect();
    assert_eq!(
        codes,
        ["CFG0003", "CFG0003", "CFG0005", "CFG0007"],
        "{faults:?}"
    );
}

#[test]
fn files_that_cannot_be_used_are_named() {
    let missing = Config::load(Sources::new().file(Some("no/such/file.toml".into())));
    let (code, said) = fault(missing);
    assert_eq!(code, "CFG0001");
    assert!(
        said.starts_with("read the configuration file no/such/file.toml: "),
        "{said}"
    );

    let files = Files::new();
    let not_text = files.write("bytes.toml", b"[http]\n\xff\xfe");
    assert_eq!(
        fault(Config::load(Sources::new().file(Some(not_text)))).0,
        "CFG0001"
    );

    let (code, said) = fault(load_file("[http]\naddress = \"a\"\n  body = = 1\n"));
    assert_eq!(code, "CFG0002");
    assert!(
        said.contains("posthouse.toml, line 3, column 10: "),
        "{said}"
    );
}

#[cfg(unix)]
#[test]
fn variables_that_are_not_text_are_named() {
    use std::os::unix::ffi::OsStringExt as _;
    let variable = (
        OsString::from("POSTHOUSE_REGION__KEY"),
        OsString::from_vec(vec![0xff]),
    );
    let (code, said) = fault(Config::load(Sources::new().environment([variable])));
    assert_eq!(
        (code, said.contains("POSTHOUSE_REGION__KEY")),
        ("CFG0006", true)
    );
}

#[test]
fn settings_that_contradict_each_other_are_refused() {
    let cases = [
        ("user = \"me\"", "bus.user, bus.password_file"),
        ("cert_file = \"c.pem\"", "bus.cert_file, bus.key_file"),
        (
            "token_file = \"t\"\ncredentials_file = \"c\"",
            "bus.credentials_file, bus.user",
        ),
    ];
    for (text, keys) in cases {
        let (code, said) = fault(load_file(&format!("[bus]\n{text}")));
        assert_eq!(code, "CFG0007");
        assert!(said.contains(keys), "{said}");
    }
    assert!(load_file("[bus]\nuser = \"me\"\npassword_file = \"p\"").is_ok());
}

#[test]
fn secrets_are_read_from_files_and_never_shown() {
    let files = Files::new();
    let good = files.write("good", "hush\n");
    assert_eq!(read_secret(&good).unwrap(), "hush");
    assert_eq!(
        read_secret(&files.write("spaced", " h u s h \r\n")).unwrap(),
        " h u s h "
    );
    let limit = usize::try_from(SECRET_BYTES_MAX).unwrap();
    let bad = [
        files.write("empty", "\n"),
        files.write("bytes", b"hush\xff"),
        files.write("large", "h".repeat(limit + 1)),
        files.0.path().join("missing"),
    ];
    for file in bad {
        let error = read_secret(&file).unwrap_err();
        assert_eq!(error.code(), "CFG0008");
        assert!(!error.to_string().contains("hush"), "{error}");
    }
    assert_eq!(
        read_secret(&files.write("full", "h".repeat(limit)))
            .unwrap()
            .len(),
        limit
    );
}

#[test]
fn variables_of_opentelemetry_count_where_ours_say_nothing() {
    let standard = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
        ("OTEL_SDK_DISABLED", "TRUE"),
        (
            "OTEL_RESOURCE_ATTRIBUTES",
            "cloud.region=cn-north,team=desk%20one",
        ),
        ("OTEL_TRACES_SAMPLER", "is none of ours"),
    ];
    let telemetry = load_variables(&standard).unwrap().telemetry;
    assert_eq!(telemetry.otlp_url.as_deref(), Some("http://collector:4318"));
    assert_eq!(telemetry.protocol, Protocol::Http);
    assert!(!telemetry.enabled);
    assert_eq!(
        telemetry.resource_attributes,
        ["cloud.region=cn-north", "team=desk%20one"]
    );

    let ours = [
        ("POSTHOUSE_TELEMETRY__OTLP_URL", "https://ours:4317"),
        ("POSTHOUSE_TELEMETRY__PROTOCOL", "grpc"),
        ("POSTHOUSE_TELEMETRY__ENABLED", "true"),
    ];
    let both: Vec<_> = ours.into_iter().chain(standard).collect();
    let telemetry = load_variables(&both).unwrap().telemetry;
    assert_eq!(telemetry.otlp_url.as_deref(), Some("https://ours:4317"));
    assert_eq!(telemetry.protocol, Protocol::Grpc);
    assert!(telemetry.enabled);
}

#[test]
fn a_file_is_stronger_than_the_variables_of_opentelemetry() {
    let files = Files::new();
    let file = files.write(
        "posthouse.toml",
        "[telemetry]\notlp_url = 'http://file:4317'",
    );
    let sources = Sources::new()
        .file(Some(file))
        .environment([("OTEL_EXPORTER_OTLP_ENDPOINT", "http://machine:4317")]);
    let telemetry = Config::load(sources).unwrap().telemetry;
    assert_eq!(telemetry.otlp_url.as_deref(), Some("http://file:4317"));
}

#[test]
fn a_complaint_names_the_variable_of_opentelemetry() {
    let (code, text) = fault(load_variables(&[(
        "OTEL_EXPORTER_OTLP_PROTOCOL",
        "http/json",
    )]));
    assert_eq!(code, "CFG0005");
    assert!(text.contains("OTEL_EXPORTER_OTLP_PROTOCOL"), "{text}");
}

#[test]
fn a_share_of_traces_is_from_none_to_all() {
    for (text, millionths) in [("0", 0), ("1", 1_000_000), ("0.1", 100_000), ("1e-6", 1)] {
        let config = load_variables(&[("POSTHOUSE_TELEMETRY__SAMPLE_RATIO", text)]).unwrap();
        assert_eq!(
            config.telemetry.sample_ratio,
            Ratio::per_million(millionths)
        );
        let config = load_file(&format!("[telemetry]\nsample_ratio = {text}")).unwrap();
        assert_eq!(config.telemetry.sample_ratio.millionths(), millionths);
    }
    for text in ["1.1", "-0.1", "NaN", "inf"] {
        let (code, text) = fault(load_variables(&[(
            "POSTHOUSE_TELEMETRY__SAMPLE_RATIO",
            text,
        )]));
        assert_eq!(code, "CFG0005", "{text}");
    }
    let (code, text) = fault(load_variables(&[(
        "POSTHOUSE_TELEMETRY__SAMPLE_RATIO",
        "a tenth",
    )]));
    assert_eq!(code, "CFG0004", "{text}");
    let (_, text) = fault(load_file("[telemetry]\nsample_ratio = 1.5"));
    assert!(text.contains("1.5"), "{text}");
}

#[test]
fn the_address_of_a_collector_holds_no_secret() {
    for url in ["http://collector:4317", "https://[::1]:4318/otlp/"] {
        load_variables(&[("POSTHOUSE_TELEMETRY__OTLP_URL", url)]).unwrap();
    }
    for url in [
        "collector:4317",
        "http://",
        "http://:4317",
        "http://u:p@collector",
    ] {
        let (code, _) = fault(load_variables(&[("POSTHOUSE_TELEMETRY__OTLP_URL", url)]));
        assert_eq!(code, "CFG0005", "{url}");
    }
}
