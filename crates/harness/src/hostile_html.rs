//! HTML as attackers send it by mail: a family of documents made from a seed.
//!
//! Each one carries what runs or loads where it is believed: `hit(…)`, or an address under a given
//! prefix. Whoever shows it and sees neither has shown it safely.

use crate::chance::Chance;

/// How a payload is put into a document; `@` is the payload.
const NESTINGS: [&str; 34] = [
    "@",
    "<p>Bonjour</p>@<p>Merci</p>",
    "<svg>@</svg>",
    "<svg><style>@</style></svg>",
    "<svg><foreignObject>@</foreignObject></svg>",
    "<svg><desc>@</desc></svg>",
    "<svg><title>@</title></svg>",
    "<svg><p><style><!--</style>@--></style></svg>",
    "<math>@</math>",
    "<math><mtext><table><mglyph><style><!--</style>@--></style></table></mtext></math>",
    "<math><mi><malignmark>@</malignmark></mi></math>",
    "<math><annotation-xml encoding=\"text/html\">@</annotation-xml></math>",
    "<math><annotation-xml encoding=\"image/svg+xml\"><svg>@</svg></annotation-xml></math>",
    "<noscript>@</noscript>",
    "<noscript><p title=\"</noscript>@\">",
    "<template>@</template>",
    "<template><template>@</template></template>",
    "<textarea>@</textarea>",
    "<textarea></p></textarea>@",
    "<title>@</title>",
    "<xmp>@</xmp>",
    "<noembed>@</noembed>",
    "<noframes>@</noframes>",
    "<iframe>@</iframe>",
    "<select><option>@</option></select>",
    "<table><tr><td>@</td></tr>@</table>",
    "<form><math><mtext></form><form><mglyph><style></math>@</style></mglyph></form></mtext></math>",
    "<!--@-->",
    "<!-->@-->",
    "<![CDATA[@]]>",
    "<svg><![CDATA[><@]]></svg>",
    "<a title=\"-->@\">x</a>",
    "<p title='</p>@'>x</p>",
    "<plaintext>@",
];

/// What runs or loads where it is believed; `#` is an address that is watched.
const PAYLOADS: [&str; 62] = [
    "<script>hit(1)</script>",
    "<script src=\"#\"></script>",
    "<scr<script>ipt>hit(2)</scr</script>ipt>",
    "<SCRIPT/x>hit(3)</SCRIPT>",
    "<script\u{c}>hit(4)</script>",
    "<img src=x onerror=hit(5)>",
    "<img src=\"#\">",
    "<img srcset=\"# 1x, # 2x\">",
    "<img src=x srcset='# 100w' sizes=1px>",
    "<picture><source srcset=\"#\"><img src=x></picture>",
    "<image src=\"#\" onerror=hit(6)>",
    "<img/src=x/onerror=hit(7)>",
    "<img src=`x`onerror=hit(8)>",
    "<img src=\"data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='hit(9)'/>\">",
    "<img src=\"data:text/html,<script>parent.hit(10)</script>\">",
    "<img src=\" \u{1}java\tscript:hit(11)\">",
    "<svg onload=hit(12)>",
    "<svg><script>hit(13)</script></svg>",
    "<svg><script xlink:href=\"#\"></script></svg>",
    "<svg><image xlink:href=\"#\" href=\"#\"/></svg>",
    "<svg><use href=\"#\"/></svg>",
    "<svg><animate onbegin=hit(14) attributeName=x dur=1s></svg>",
    "<svg><a><animate attributeName=href values=javascript:hit(15) /><text>x</text></a></svg>",
    "<svg><feImage href=\"#\"/></svg>",
    "<svg><set attributeName=onmouseover to=hit(16)></svg>",
    "<math><maction actiontype=\"statusline#http://x\" xlink:href=\"javascript:hit(17)\">x</maction></math>",
    "<iframe src=\"#\"></iframe>",
    "<iframe srcdoc=\"<script>parent.hit(18)</script>\"></iframe>",
    "<iframe src=\"javascript:parent.hit(19)\"></iframe>",
    "<object data=\"#\"></object>",
    "<object data=\"javascript:hit(20)\"></object>",
    "<embed src=\"#\">",
    "<applet code=\"#\"></applet>",
    "<frameset><frame src=\"#\"></frameset>",
    "<video src=\"#\" poster=\"#\" onerror=hit(21)></video>",
    "<video><source onerror=hit(22) src=x></video>",
    "<audio src=\"#\" autoplay onloadstart=hit(23)></audio>",
    "<track src=\"#\">",
    "<link rel=stylesheet href=\"#\">",
    "<link rel=prefetch href=\"#\"><link rel=dns-prefetch href=\"//prefetch.example\">",
    "<meta http-equiv=refresh content=\"0;url=#\">",
    "<meta http-equiv=\"refresh\" content=\"0;javascript:hit(24)\">",
    "<meta charset=utf-7>+ADw-script+AD4-hit(25)+ADw-/script+AD4-",
    "<base href=\"#/\"><img src=relative.png>",
    "<style>@import '#';body{background:url(#)}</style>",
    "<style>input[value^=a]{background:url(#)}</style><input value=abc>",
    "<style>@font-face{font-family:x;src:url(#)}*{font-family:x}</style>x",
    "<div style=\"background-image:url(#)\">x</div>",
    "<div style=\"background:red;color:red;background-color:url('#');list-style:url(#)\">x</div>",
    "<div style=\"background-color:image-set('#' 1x);cursor:url(#),auto\">x</div>",
    "<div style=\"color:expression(hit(26));behavior:url(#);-moz-binding:url(#)\">x</div>",
    "<div style=\"co\\6cor:u\\72l(#)\">x</div>",
    "<table background=\"#\"><td background=\"#\">x</td></table>",
    "<body background=\"#\" onload=hit(27)>",
    "<form action=\"#\"><input name=attributes autofocus onfocus=hit(28)><button formaction=\"#\">x</button></form>",
    "<form id=test></form><button form=test formaction=javascript:hit(29)>x</button>",
    "<a href=\"javascript:hit(30)\" id=document name=cookie>x</a><a id=defaultView><a id=defaultView name=hit>x</a>",
    "<a href=\"jav&#x09;ascript:hit(31)\" ping=\"#\">x</a>",
    "<details open ontoggle=hit(32)>x</details>",
    "<input type=image src=\"#\"><isindex type=image src=\"#\" onerror=hit(33)>",
    "<marquee onstart=hit(34)>x</marquee><dialog open onclose=hit(35)>x</dialog>",
    "<p popover id=p onbeforetoggle=hit(36)></p><div contenteditable autofocus onfocus=hit(37) tabindex=0>x</div>",
];

/// What is done to a document at the end.
fn twist(document: &str, kind: usize) -> String {
    match kind {
        1 => document.replace('<', "<\u{0}"),
        2 => document.replace("on", "ON").replace("script", "ScRiPt"),
        3 => document.replace(' ', "/"),
        4 => document.replace('"', ""),
        5 => document.replace("=", "\u{2028}="),
        6 => document.replace("<", "&lt;").replace("&lt;/", "</"),
        7 => document.chars().rev().take(document.len() / 8).collect::<String>() + document,
        8 => document[..document.floor_char_boundary(document.len() * 3 / 4)].to_owned(),
        9 => document.replace("javascript:", "&#106avascript&colon;"),
        10 => format!("<b>{document}<i>{document}</b></i>"),
        _ => document.to_owned(),
    }
}

/// `count` hostile documents of this seed, all different families in turn; what they load stands under
/// `watched`, an address without a slash at its end.
#[must_use]
pub fn hostile_html(seed: u64, count: usize, watched: &str) -> Vec<String> {
    let mut chance = Chance(seed);
    let mut below = |bound: usize| chance.below(bound);
    (0..count)
        .map(|place| {
            // Every payload comes in every nesting before chance decides.
            let payload = PAYLOADS[place % PAYLOADS.len()];
            let nesting = NESTINGS[(place / PAYLOADS.len() + place) % NESTINGS.len()];
            let mut document = nesting.replace('@', payload);
            for _ in 0..below(3) {
                document = NESTINGS[below(NESTINGS.len())].replace('@', &document);
                document.push_str(PAYLOADS[below(PAYLOADS.len())]);
            }
            let twisted = if below(3) == 0 { twist(&document, below(11)) } else { document };
            twisted.replace('#', &format!("{watched}/loaded-{place}"))
        })
        .collect()
}
