//! What pages without images of a study share: the document, its style and the figure in it.

use base64::{Engine, engine::general_purpose::STANDARD};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::{
    figure::Figure,
    html::{POLICY_END, base_style, hash},
    text::clean,
};

const STYLE: &str = concat!(base_style!(), include_str!("../page/style.css"));

/// A whole document, which loads nothing.
pub(crate) fn document(title: &str, body: &Markup) -> String {
    let policy = format!("default-src 'none'; style-src {}; img-src data:; {POLICY_END}", hash(STYLE));
    let document = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { (clean(title)) }
                style { (PreEscaped(STYLE)) }
            }
            body { (body) }
        }
    };
    document.into_string() + "\n"
}

/// A figure as an image element: nothing in it can run.
pub(crate) fn figure(picture: &Figure, label: &str) -> Markup {
    html! {
        section {
            h2 { "Picture" }
            div.scroll.figure role="region" tabindex="0" aria-label=(label) {
                img src=(format!("data:image/svg+xml;base64,{}", STANDARD.encode(picture.svg()))) alt=(clean(picture.description()));
            }
        }
    }
}

/// Text from outside, cleaned and isolated in its writing direction.
pub(crate) fn outside(text: &str) -> Markup {
    html! { bdi { (clean(text)) } }
}
