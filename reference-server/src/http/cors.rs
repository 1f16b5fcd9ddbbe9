//! Which web pages may read answers: those of the origins that the operator names, and by default none.

use hyper::header::{self, HeaderMap, HeaderValue};

/// The origins, or any.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cors {
    any: bool,
    origins: Vec<HeaderValue>,
}

impl Cors {
    /// Reads origins like `https://rooms.example`; `*` is any.
    pub(crate) fn new(origins: &[String]) -> Self {
        let any = origins.iter().any(|origin| origin == "*");
        let origins = origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok()).collect();
        Self { any, origins }
    }

    /// Writes into an answer to a request of this origin what its page may do.
    pub(super) fn allow(&self, origin: Option<&HeaderValue>, methods: &'static str, fields: &mut HeaderMap) {
        if self.any {
            fields.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        } else {
            if self.origins.is_empty() {
                return;
            }
            fields.insert(header::VARY, HeaderValue::from_static("Origin"));
            let Some(origin) = origin.filter(|origin| self.origins.contains(origin)) else { return };
            fields.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        }
        fields.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(methods));
        let headers = HeaderValue::from_static("Authorization, Content-Type");
        fields.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, headers);
        fields.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    }
}
