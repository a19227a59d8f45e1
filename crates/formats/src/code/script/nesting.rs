//! How deep a text is nested, found before it is parsed: the parser recurses without a limit of its own, and tries some
//! nested forms (`([a = ([a = …`) again at each level. This is a reading of brackets and not of the language.
//!
//! Two measures: how many levels there could be at most, whatever the text means, for which a stack is set aside (of which
//! only what is used costs memory); and how many there are as brackets pair, which is limited. Where it cannot be told how
//! they pair, because `/` may divide or begin a regular expression, only a text with few possible levels is read.

/// Brackets, and operators that take what follows them into themselves: no real source comes near.
const LEVELS: u32 = 500;
/// Possible levels of a text whose brackets cannot be paired for certain.
const UNPAIRED: usize = 5_000;
/// Above what the parser was seen to use for one bracket, and for one operator or statement.
const FRAME: usize = 4 << 10;
const STEP: usize = 1 << 10;
/// So many brackets have their stack even if they pair otherwise than was thought.
const BRACKETS: usize = 1 << 16;
/// For the lowering, which has a limit of its own.
const BASE: usize = 4 << 20;
/// Of some 30 MB of minified code.
const MOST: usize = 4 << 20;
/// With so few possible levels, any stack does.
const FEW: usize = 64;

/// The size of the stack on which the text can be parsed; none when any will do. `jsx` is whether elements may occur.
pub(super) fn stack_for(source: &str, jsx: bool) -> Result<Option<usize>, String> {
    let possible = possible_levels(source.as_bytes());
    if possible <= FEW {
        return Ok(None);
    }
    if possible > MOST {
        return Err("too long to be read".into());
    }
    let mut pairs = Pairs::new(source.as_bytes(), jsx);
    pairs.read();
    if pairs.most > LEVELS {
        return Err(format!("nested deeper than {LEVELS} levels and not read"));
    }
    if pairs.unsure && possible > UNPAIRED {
        return Err("its brackets do not pair, and it is too long to be read all the same".into());
    }
    Ok(Some(BASE + possible.min(BRACKETS) * FRAME + possible * STEP))
}

/// What could open a level, wherever it stands: brackets, operators, and one word after another (`typeof typeof x`).
fn possible_levels(text: &[u8]) -> usize {
    let mut count = 0;
    let mut gap = true;
    for &byte in text {
        let marks = MARKS[byte as usize];
        count += usize::from(marks & OPENS != 0 || gap && marks & WORD != 0);
        gap = marks & GAP != 0;
    }
    count
}

const WORD: u8 = 1;
/// Opens a level, or takes what follows into itself.
const OPENS: u8 = 2;
/// May stand between two words: white space, the end of a comment, and what may be either in Unicode.
const GAP: u8 = 4;

const MARKS: [u8; 256] = {
    let mut marks = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        marks[byte] = match byte as u8 {
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'$' | b'\\' | b'#' => WORD,
            b'(' | b'[' | b'{' | b'<' | b'!' | b'~' | b'+' | b'-' | b'?' | b':' | b'=' | b'*' | b'@' => OPENS,
            b'\t'..=b'\r' | b' ' | b'/' => GAP,
            0x80.. => WORD | GAP,
            _ => 0,
        };
        byte += 1;
    }
    marks
};

fn is_word(byte: u8) -> bool {
    MARKS[byte as usize] & WORD != 0
}

/// What came before, for what `/` and `<` mean.
#[derive(Clone, Copy, PartialEq)]
enum Before {
    /// A value has ended: an operator follows.
    Value,
    /// A value begins here.
    Operator,
    /// Either, after `}` or a word that is not always a keyword.
    Either,
}

/// What is open: its bracket (`T` for the text of an element, `t` for its tag, `(` after `if` as `i`), and the operators in it
/// that are open until the statement ends.
struct Open {
    by: u8,
    operators: u32,
    angles: u32,
}

struct Pairs<'t> {
    text: &'t [u8],
    at: usize,
    jsx: bool,
    open: Vec<Open>,
    before: Before,
    levels: u32,
    most: u32,
    unsure: bool,
}

impl<'t> Pairs<'t> {
    fn new(text: &'t [u8], jsx: bool) -> Self {
        let open = vec![Open { by: 0, operators: 0, angles: 0 }];
        // An element that is never closed is none.
        let jsx = jsx && text.windows(2).any(|two| two == b"</" || two == b"/>");
        Pairs { text, at: 0, jsx, open, before: Before::Operator, levels: 0, most: 0, unsure: false }
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.text.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn read(&mut self) {
        if self.text.starts_with(b"#!") {
            self.line();
        }
        while self.at < self.text.len() && self.most <= LEVELS {
            match self.open.last().map_or(0, |open| open.by) {
                b'`' => self.template(),
                b'T' => self.element_text(),
                b't' => self.tag(),
                _ => self.code(),
            }
        }
        self.unsure |= self.open.len() > 1;
    }

    fn push(&mut self, by: u8) {
        self.open.push(Open { by, operators: 0, angles: 0 });
        self.count(1);
        self.before = Before::Operator;
    }

    fn count(&mut self, more: u32) {
        self.levels += more;
        self.most = self.most.max(self.levels);
    }

    fn pop(&mut self) -> u8 {
        if self.open.len() < 2 {
            self.unsure = true;
            return 0;
        }
        let Some(open) = self.open.pop() else { return 0 };
        self.levels -= 1 + open.operators + open.angles;
        open.by
    }

    fn code(&mut self) {
        let byte = self.peek(0);
        self.at += 1;
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' => _ = self.skip_to(|byte| !byte.is_ascii_whitespace()),
            b'"' | b'\'' => self.string(byte),
            b'`' => self.push(b'`'),
            b'/' => self.slash(),
            b'(' | b'[' | b'{' => self.push(byte),
            b')' | b']' | b'}' => self.close(byte),
            b'<' if self.peek(0) == b'=' => self.before = Before::Operator,
            b'<' => self.angle(),
            // No type has these: what looked like type arguments was a comparison.
            b'&' | b'|' if self.peek(0) == byte => {
                self.at += 1;
                if let Some(open) = self.open.last_mut() {
                    self.levels -= std::mem::take(&mut open.angles);
                }
                self.before = Before::Operator;
            }
            b'>' => {
                if let Some(open) = self.open.last_mut()
                    && open.angles > 0
                {
                    open.angles -= 1;
                    self.levels -= 1;
                }
                self.before = Before::Operator;
            }
            b'=' if self.peek(0) == b'>' => {
                self.at += 1;
                self.operator();
            }
            b'?' if self.peek(0) == b'?' => {
                self.at += 1;
                self.before = Before::Operator;
            }
            b'?' if self.peek(0) != b'.' => self.operator(),
            b';' | b',' => {
                self.end(byte == b';');
                self.before = Before::Operator;
            }
            // After a value it says that the value is not null; `++` and `--` leave a value what it is.
            b'!' if self.peek(0) != b'=' => {}
            b'+' | b'-' if self.peek(0) == byte => self.at += 1,
            _ if is_word(byte) => self.word(),
            _ => self.before = Before::Operator,
        }
    }

    fn operator(&mut self) {
        if let Some(open) = self.open.last_mut() {
            open.operators += 1;
        }
        self.count(1);
        self.before = Before::Operator;
    }

    /// The end of what operators have taken in.
    fn end(&mut self, statement: bool) {
        if let Some(open) = self.open.last_mut() {
            self.levels -= std::mem::take(&mut open.operators);
            if statement {
                self.levels -= std::mem::take(&mut open.angles);
            }
        }
    }

    fn word(&mut self) {
        let start = self.at - 1;
        self.skip_to(|byte| !is_word(byte));
        let member = self.text[..start].last() == Some(&b'.') && !self.text[..start].ends_with(b"...");
        self.before = Before::Value;
        if member {
            return;
        }
        match &self.text[start..self.at] {
            b"if" | b"while" | b"for" | b"with" => {
                self.end(true);
                let mut ahead = 0;
                while self.peek(ahead).is_ascii_whitespace() {
                    ahead += 1;
                }
                if self.peek(ahead) == b'(' {
                    self.at += ahead + 1;
                    self.push(b'i');
                }
            }
            // No expression has these words in it: a statement begins, or a part of one.
            b"return" | b"throw" | b"case" | b"do" | b"else" => {
                self.end(true);
                self.before = Before::Operator;
            }
            b"const" | b"let" | b"var" | b"export" | b"switch" | b"try" | b"interface" => self.end(true),
            b"typeof" | b"void" | b"delete" | b"new" | b"in" | b"instanceof" | b"default" | b"extends" => {
                self.before = Before::Operator;
            }
            b"await" | b"yield" | b"of" => self.before = Before::Either,
            _ => {}
        }
    }

    fn close(&mut self, byte: u8) {
        let by = self.open.last().map_or(0, |open| open.by);
        let (pairs, before) = match byte {
            b')' if by == b'i' => (true, Before::Operator),
            b')' => (by == b'(', Before::Value),
            b']' => (by == b'[', Before::Value),
            _ => (by == b'{', Before::Either),
        };
        if pairs {
            self.pop();
        } else {
            self.unsure = true;
        }
        self.before = before;
    }

    fn string(&mut self, quote: u8) {
        loop {
            self.skip_to(|byte| byte == quote || matches!(byte, b'\\' | b'\n'));
            match self.text.get(self.at) {
                Some(b'\\') => self.at += 2,
                Some(&byte) if byte == quote => break self.at += 1,
                _ => break self.unsure = true,
            }
        }
        self.before = Before::Value;
    }

    fn template(&mut self) {
        self.skip_to(|byte| matches!(byte, b'\\' | b'`' | b'$'));
        match (self.peek(0), self.peek(1)) {
            (b'\\', _) => self.at += 2,
            (b'`', _) => {
                self.at += 1;
                self.pop();
                self.before = Before::Value;
            }
            (b'$', b'{') => {
                self.at += 2;
                self.push(b'{');
            }
            _ => self.at += 1,
        }
    }

    /// Goes to the first byte that is looked for, or to the end.
    fn skip_to(&mut self, wanted: impl Fn(u8) -> bool) -> &'t [u8] {
        let rest = &self.text[self.at.min(self.text.len())..];
        let length = rest.iter().position(|&byte| wanted(byte)).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    fn line(&mut self) {
        let skipped = self.skip_to(|byte| matches!(byte, b'\n' | b'\r'));
        // The parser ends a line at U+2028 and U+2029 too.
        self.unsure |= skipped.windows(3).any(|three| matches!(three, b"\xe2\x80\xa8" | b"\xe2\x80\xa9"));
    }

    fn slash(&mut self) {
        match self.peek(0) {
            b'/' => return self.line(),
            b'*' => {
                self.at += 1;
                while self.at < self.text.len() && !self.text[self.at..].starts_with(b"*/") {
                    self.at += 1;
                    self.skip_to(|byte| byte == b'*');
                }
                self.at += 2;
                return;
            }
            _ => {}
        }
        match self.before {
            Before::Value => self.before = Before::Operator,
            Before::Operator => self.regex(),
            Before::Either => {
                let start = self.at;
                self.regex();
                let skipped = &self.text[start..self.at.min(self.text.len())];
                let plain = |byte: &u8| {
                    is_word(*byte) || matches!(byte, b' ' | b'.' | b',' | b';' | b'^' | b'|' | b'/')
                };
                self.unsure |= !skipped.iter().all(plain);
            }
        }
    }

    fn regex(&mut self) {
        let mut class = false;
        loop {
            match self.peek(0) {
                b'\\' => self.at += 2,
                b'\n' => break self.unsure = true,
                0 if self.at >= self.text.len() => break self.unsure = true,
                byte => {
                    self.at += 1;
                    match byte {
                        b'[' => class = true,
                        b']' => class = false,
                        b'/' if !class => break,
                        _ => {}
                    }
                }
            }
        }
        self.before = Before::Value;
    }

    /// `<` of an element, a type or a comparison.
    fn angle(&mut self) {
        // A shift.
        if self.peek(0) == b'<' && self.before == Before::Value {
            self.at += 1;
        }
        let element =
            self.jsx && self.before != Before::Value && (is_word(self.peek(0)) || self.peek(0) == b'>');
        if element && self.before == Before::Either {
            self.unsure = true;
        }
        if !element || self.before == Before::Either || self.type_parameters() {
            if let Some(open) = self.open.last_mut() {
                open.angles += 1;
            }
            self.count(1);
            self.before = Before::Operator;
            return;
        }
        self.push(b't');
    }

    /// Whether type parameters follow: `<T,>`, `<T extends A>`; `<T>(` may be an element as well.
    fn type_parameters(&mut self) -> bool {
        let rest = &self.text[self.at..];
        let name = rest.iter().take_while(|&&byte| is_word(byte)).count();
        let rest = rest[name..].trim_ascii_start();
        if rest.starts_with(b">(") && name > 0 {
            self.unsure = true;
            return true;
        }
        rest.starts_with(b",") || rest.starts_with(b"extends ")
    }

    fn tag(&mut self) {
        let byte = self.peek(0);
        self.at += 1;
        match byte {
            b'"' | b'\'' => {
                self.skip_to(|other| other == byte);
                self.at += 1;
            }
            b'{' => self.push(b'{'),
            b'/' if self.peek(0) == b'>' => {
                self.at += 1;
                self.pop();
                self.before = Before::Value;
            }
            b'/' if matches!(self.peek(0), b'/' | b'*') => self.slash(),
            b'>' => {
                if let Some(open) = self.open.last_mut() {
                    open.by = b'T';
                }
            }
            b'<' if self.text[..self.at - 1].last() == Some(&b'=') => self.push(b't'),
            b'<' => self.type_arguments(),
            _ => {}
        }
    }

    /// `<Table<Row, Map<A, B>>`: names in angles.
    fn type_arguments(&mut self) {
        let mut depth = 1u32;
        while depth > 0 {
            self.skip_to(|byte| !(is_word(byte) || matches!(byte, b' ' | b',' | b'.' | b'\n')));
            match self.peek(0) {
                b'<' => depth += 1,
                b'>' => depth -= 1,
                _ => return self.unsure = true,
            }
            self.at += 1;
        }
    }

    fn element_text(&mut self) {
        self.skip_to(|byte| matches!(byte, b'{' | b'<'));
        let byte = self.peek(0);
        self.at += 1;
        match byte {
            b'{' => self.push(b'{'),
            b'<' if self.text[self.at..].trim_ascii_start().starts_with(b"/") => {
                self.skip_to(|byte| byte == b'>');
                self.at += 1;
                self.pop();
                self.before = Before::Value;
            }
            b'<' => self.push(b't'),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_nesting_is_told_from_brackets_that_are_none() {
        let brackets = "([{<".repeat(200);
        let wide = "f(a<b&&c||d<=e, a=>b?.c??d, {x: y?z:w}, [1]);".repeat(2_000);
        for (source, read) in [
            (
                format!(
                    "f('{brackets}', \"{brackets}\", `{brackets}${{a}}{brackets}`) // {brackets}\n/* {brackets} */"
                ),
                true,
            ),
            (format!("x = /{brackets}]/; if (a) /[{brackets}]/.test(b); y = a / b / c"), true),
            (format!("x = <p title=\"{brackets}\">([( ' \" {{a}}</p>; y = a < b"), true),
            (format!("const f = <T,>(a: Map<A, B<C>>) => a << 2 >> 3; <F<A, B> {{...a}} />;{wide}"), true),
            (wide.clone(), true),
            (wide.replace(';', "\nconst a = "), true),
            (format!("{}1{}", "[/]/,".repeat(600), "]".repeat(600)), false),
            (format!("{}1{}", "[`]${']'}]`,".repeat(600), "]".repeat(600)), false),
            // Whether the slash divides is not seen, and the text is long.
            (format!("x = {{}} /[(/ 1;{wide}"), false),
        ] {
            assert_eq!(stack_for(&source, true).is_ok(), read, "{source:.80}");
        }
    }
}
