//! What a request must be: from the bytes of a body to a length, or to what is wrong with it. Pure; it knows nothing of HTTP.

use serde::Serialize;
use serde_json::Value;

/// The one field of a request.
const FIELD: &str = "text";

/// Why a request is refused, as pydantic puts it: where, in words, and for programs.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct Refusal {
    loc: Vec<&'static str>,
    msg: String,
    #[serde(rename = "type")]
    kind: &'static str,
}

impl Refusal {
    fn of_the_body(kind: &'static str, msg: String) -> Self {
        Self { loc: vec!["body"], msg, kind }
    }

    fn of_the_field(kind: &'static str, msg: String) -> Self {
        Self { loc: vec!["body", FIELD], msg, kind }
    }
}

/// The number of characters (Unicode code points, as in Python) of the text in a body like `{"text": "..."}`, of which there may be `limit`.
pub(crate) fn length(body: &[u8], limit: usize) -> Result<usize, Refusal> {
    let body: Value = serde_json::from_slice(body)
        .map_err(|error| Refusal::of_the_body("json_invalid", format!("JSON decode error: {error}")))?;
    let Value::Object(fields) = body else {
        return Err(Refusal::of_the_body("dict_type", "Input should be an object".to_owned()));
    };
    let text = match fields.get(FIELD) {
        Some(Value::String(text)) => text,
        Some(_) => return Err(Refusal::of_the_field("string_type", "Input should be a string".to_owned())),
        None => return Err(Refusal::of_the_field("missing", "Field required".to_owned())),
    };
    match text.chars().count() {
        length if length <= limit => Ok(length),
        length => {
            let msg = format!("String should have at most {limit} characters, and has {length}");
            Err(Refusal::of_the_field("string_too_long", msg))
        }
    }
}
