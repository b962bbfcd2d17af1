//! What is found, and what is left alone.

use crate::{Kind, find, mask, masked};

/// What is found in a text: kinds and the characters they cover.
fn seen(text: &str) -> Vec<(&'static str, String)> {
    let points: Vec<char> = text.chars().collect();
    find(text, &[])
        .into_iter()
        .map(|span| {
            (
                span.kind.as_str(),
                points[span.start..span.end].iter().collect(),
            )
        })
        .collect()
}

/// Asserts that of `kind` exactly the marked parts (`‹…›`) of each text are found.
fn finds(kind: Kind, texts: &[&str]) {
    for marked in texts {
        let text: String = marked.chars().filter(|c| !"‹›".contains(*c)).collect();
        let wanted: Vec<&str> = marked
            .split('‹')
            .skip(1)
            .map(|rest| rest.split('›').next().unwrap())
            .collect();
        let found: Vec<String> = seen(&text)
            .into_iter()
            .filter(|(found, _)| *found == kind.as_str())
            .map(|(_, text)| text)
            .collect();
        assert_eq!(found, wanted, "{kind} in {text:?}, all: {:?}", seen(&text));
    }
}

/// Asserts that nothing at all is found.
fn finds_nothing(texts: &[&str]) {
    for text in texts {
        assert_eq!(seen(text), [], "{text:?}");
    }
}

#[test]
fn telephones() {
    finds(
        Kind::Phone,
        &[
            "请致电 ‹13800138000›，谢谢",
            "‹13800138000› ‹13900139000›",
            "手机‹138-0013-8000›或‹138 0013 8000›",
            "我的电话１: ‹１３９１２３４５６７８›。",
            "联系电话：‹+86-138-0000-6140›",
            "座机 ‹010-62345678›，分机 801",
            "‹0571-88157808›",
            "热线‹400-820-8820›",
            "call ‹+1-202-555-0181› or ‹(202) 555-0181› or ‹202-555-0181›",
            "ring ‹+49 30 23125 114›, ‹+44 (0)20 7946 0958›, ‹+81 3-1234-5678›, ‹+82-10-1234-5678›",
            "電話は‹090-1234-5678›です",
            "전화 ‹010-1234-5678› 으로",
            "‹06.12.34.56.78› merci",
            "fax ‹345-899-3560x4587›",
            "They are not answering at ‹668 5702›",
            "‹905-674-3793 x12›",
        ],
    );
}

#[test]
fn numbers_that_are_no_telephones() {
    finds_nothing(&[
        "order 20240115 13 items, 1700000000 s, 1700000000123 ms",
        "订单号 13800138000 还没发货",
        "order id: 18612345678",
        "2026-01-31 12:30:45.123 ERROR 0x80070005 at 00:11:22",
        "kernel 5.15.0-105-generic, build 20348.2113, 16.04 LTS",
        "i-bp13800138000abc and req-13800138000 and 138001380001",
        "used 1234567 of 7654321 bytes, 99.95 %",
        "0001 0203 0405 0607 0809",
        "range 1000-2000, 100.000.000 rows, 3 600 000 ms",
        "31.01.2026 08:15",
        "17935000001",
    ]);
}

#[test]
fn addresses_of_mail() {
    finds(
        Kind::EmailAddress,
        &[
            "write to ‹a.b+c@mail.example.com›.",
            "邮箱‹wen@baiyang.example›，请回复",
            "<‹o'neil@example.co.uk›>",
            "'‹x_1@a-b.example›'",
            "‹ａｂ@example.com›",
        ],
    );
    finds_nothing(&[
        "@",
        "a@",
        "@b.com",
        "a@b",
        "user@localhost",
        "pkg@1.2.3",
        "image@sha256:abcdef",
        "git@github.com:posthouse/posthouse.git",
        "a@-x.com",
        "a@b..com",
        "@alice @bob",
    ]);
}

#[test]
fn addresses_of_the_network() {
    finds(
        Kind::IpAddress,
        &[
            "from ‹203.0.113.120› to ‹10.0.0.8›:8080, http://‹198.51.100.7›/x",
            "公网IP是‹47.96.1.2›无法访问",
            "‹192.168.0.0›/24",
            "[‹2001:db8::1›]:443 and ‹fe80::1ff:fe23:4567:890a›.",
            "‹2001:0db8:85a3:0000:0000:8a2e:0370:7334›",
            "ping ‹192.0.2.33›.",
        ],
    );
    finds_nothing(&[
        "version 1.2.3.4 and v1.2.3.4, nginx/1.25.3.1, openssl-1.1.1.2, 版本 2.0.1.5",
        "upgraded to 10.2.0.1, Chrome/120.0.0.0",
        "127.0.0.1 0.0.0.0 255.255.255.0 255.255.255.255",
        "256.1.1.1 1.2.3 1.2.3.4.5 01.02.03.04",
        "std::vec::Vec a::b ::1 :: 12:34:56 12:34:56:78",
    ]);
}

#[test]
fn bank_cards() {
    finds(
        Kind::CreditCard,
        &[
            "card ‹4111111111111111›",
            "‹4111 1111 1111 1111›",
            "‹5500-0000-0000-0004› and ‹378282246310005›",
            "卡号‹6222021234567890128›",
            "card ‹3782 822463 10005›",
            "my card ‹503867297114› is lost",
            "‹4111111111111111›,12/27,123",
            "‹4111111111111111›:‹5555555555554444›",
        ],
    );
    finds_nothing(&[
        "4111111111111112",
        "order no 4111111111111111",
        "订单号：4111111111111111",
        "0000000000000000",
        "503867297114",
        "1234567890123456",
        "x4111111111111111",
        "2026013112304500001",
    ]);
}

#[test]
fn bank_accounts() {
    finds(
        Kind::IbanCode,
        &[
            "IBAN ‹GB82WEST12345698765432›.",
            "‹DE89 3704 0044 0532 0130 00› bitte",
            "‹FR14 2004 1010 0505 0001 3M02 606›",
        ],
    );
    finds_nothing(&["GB82WEST12345698765433", "XX82WEST12345698765432"]);
}

#[test]
fn identity_cards() {
    finds(
        Kind::IdCard,
        &[
            "身份证‹11010519491231002X›",
            "身份证号：‹440524188001010014›",
            "‹11010519491231002x›。",
            "身份证号码 ‹130503670401001›",
            "身份证 ‹110101199001010000›",
            "HKID ‹A123456(3)›",
            "주민번호 ‹900101-1234567›",
        ],
    );
    finds(Kind::UsSsn, &["my SSN: ‹460-89-9847›", "‹054-28-6917›."]);
    finds_nothing(&[
        "110105194912310021",
        "110105194902310029",
        "130503670401001",
        "000-12-3456 666-12-3456 900-12-3456 123-00-4567 123-45-0000",
        "991301-1234567",
        "A123456(4)",
    ]);
}

#[test]
fn documents() {
    finds(
        Kind::Passport,
        &["护照号码：‹E12345678›", "passport no. ‹G98765432›"],
    );
    finds(
        Kind::DriverLicense,
        &["my driver's license number is ‹F162823540116›"],
    );
    finds_nothing(&["E12345678", "passport expired in 2024"]);
}

#[test]
fn keys() {
    finds(
        Kind::ApiKey,
        &[
            "key ‹AKIAIOSFODNN7EXAMPLE› leaked",
            "‹LTAI5tQ2zW8nBcXk9pRvM3hJ›",
            "SecretId=‹AKIDz8krbsJ5yKBZQpn74WFkmLPx3gnPhESA›",
            "‹ghp_16C7e42F292c6912E7710c838347Ae178B4a›",
            "‹xoxb-17653672481-19874698323-pdFZKVeTuE8sk7oOcHrzqqgy›",
            "‹AIzaSyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY›",
            "‹sk_live_4eC39HqLyjWDarjtT1zdp7dc›",
            "AccessKey ID: ‹HUAWEI7EXAMPLE3KEY99›",
            "密钥 ‹AK-9f8e7d6c5b4a› 泄露了",
        ],
    );
    finds_nothing(&[
        "AKIAXXXXXXXXXXXXXXXX",
        "api key: your-api-key-goes-here",
        "access key is required for this request",
        "task_live_4eC39HqLyjWD",
        "https://example.com/docs/api-key",
    ]);
}

#[test]
fn secrets() {
    finds(
        Kind::Secret,
        &[
            "password=‹hunter2›",
            "password: ‹P@ssw0rd!›",
            "密码是‹Abc@12345›，登录不了",
            "密码：‹123456›",
            "my password is ‹Summer2024›.",
            "DB_PASSWORD='‹s3cr3t›'",
            "token: ‹9f8e7d6c5b4a3928›",
            "Authorization: Bearer ‹abcdef0123456789›",
            "mysql://root:‹t0psecret›@10.0.0.8:3306/app",
            "aws_secret_access_key = ‹wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY1›",
            "‹eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P›",
            "x ‹-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----› y",
            "‹-----BEGIN PRIVATE KEY-----\nMIIE cut off›",
        ],
    );
    finds_nothing(&[
        "password: expired",
        "the password is wrong",
        "password=****** token=<token> secret=$SECRET",
        "token: 4096",
        "token limit is 128000 tokens",
        "忘记密码，重置密码失败",
        "-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----",
        "https://example.com:8443/path",
    ]);
}

#[test]
fn people() {
    finds(
        Kind::Person,
        &[
            "请联系‹张伟›先生",
            "我是‹王›女士",
            "联系人：‹李小明›，谢谢",
            "my name is ‹John Smith› and",
            "Dear Mrs. ‹Becker›,",
            "Herr ‹Konrad Wiesner› ruft an",
            "担当の‹田中›様",
        ],
    );
    let spans = find("Konrad wrote; ask Konradin or konrad", &["Konrad"]);
    assert_eq!(spans.len(), 1);
    finds_nothing(&[
        "Dear Sir or Madam",
        "it took 94 ms. Through the balancer",
        "お客様",
        "Mr. Team",
        "the support team of the customer",
        "客户希望先生效再付款",
        "您好老师",
    ]);
}

#[test]
fn the_first_claim_holds() {
    assert_eq!(
        seen("postgres://app:13800138000@db.example.com/x"),
        [("SECRET", "13800138000".to_owned())]
    );
}

#[test]
fn what_is_masked() {
    let text = "我叫李雷，电话１３８００１３８０００，邮箱 li@example.com 。";
    assert_eq!(
        masked(text, &[]),
        "我叫[PERSON]，电话[PHONE]，邮箱 [EMAIL_ADDRESS] 。"
    );
    assert_eq!(masked("nothing here", &[]), "nothing here");
    assert_eq!(masked("", &[]), "");
}

#[test]
fn spans_of_another_text_mask_what_they_cover() {
    let span = |start, end| crate::Span {
        start,
        end,
        kind: Kind::Phone,
    };
    assert_eq!(
        mask("0123456789", &[span(2, 4), span(3, 5)]),
        "01[PHONE][PHONE]56789"
    );
    assert_eq!(mask("0123", &[span(2, 99)]), "01[PHONE]");
    assert_eq!(mask("0123", &[span(9, 12), span(1, 1)]), "0123");
}
