//! A small corpus that anybody can label.

use posthouse_model::{Corpus, Label, Row};

/// What customers of a shop say, by what it is about.
const TEXTS: [(&str, [&str; 6]); 3] = [
    (
        "delivery",
        [
            "where is my parcel, it should have come on monday",
            "the parcel was left at the wrong door",
            "快递还没有到，已经三天了",
            "track my parcel please",
            "the courier never rang, parcel went back",
            "快递员没有打电话就退回了",
        ],
    ),
    (
        "payment",
        [
            "my card was declined at the checkout",
            "you charged my card twice",
            "付款失败，银行卡被扣了两次",
            "refund the charge on my card",
            "the payment page refuses my card",
            "付款页面打不开，卡里钱够的",
        ],
    ),
    (
        "login",
        [
            "i cannot log in, the password is right",
            "the password reset mail never arrives",
            "登录不了，密码是对的",
            "log in fails since i changed my password",
            "locked out, reset my password",
            "登录页面一直转圈，密码重置没用",
        ],
    ),
];

/// Texts from outside.
const OUTSIDE: [&str; 12] = [
    "what is the weather like tomorrow",
    "tell me a joke about cats",
    "how tall is the eiffel tower",
    "给我讲个笑话",
    "明天天气怎么样",
    "who won the football game",
    "play some jazz",
    "recipe for apple pie",
    "how old is the universe",
    "translate hello into french",
    "what should i wear to a wedding",
    "name a film with a dog in it",
];

/// Rows with the field `topic`, and with the field `signs`, which may hold many.
pub(crate) fn corpus() -> Corpus {
    let mut rows = Vec::new();
    for (label, texts) in TEXTS {
        for text in texts {
            let chinese = !text.is_ascii();
            let mut signs = vec![label.to_owned()];
            if chinese {
                signs.push("chinese".to_owned());
            }
            rows.push(Row {
                subject: String::new(),
                body: text.to_owned(),
                labels: vec![Label::One(label.to_owned()), Label::Many(signs)],
            });
        }
    }
    Corpus {
        fields: vec!["topic".to_owned(), "signs".to_owned()],
        rows,
    }
}

/// The same, with texts from outside for the first field.
pub(crate) fn with_outside() -> Corpus {
    let mut corpus = corpus();
    for text in OUTSIDE {
        corpus.rows.push(Row {
            subject: String::new(),
            body: text.to_owned(),
            labels: vec![Label::Outside, Label::Missing],
        });
    }
    corpus
}
