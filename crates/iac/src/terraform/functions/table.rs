//! The declared list of functions: what each takes, and how it runs. Nothing is implemented here.

use model::Node;

use super::{
    Files, collection, conversion, date, encoding, filesystem, format, hash, ip, json, numeric, regular, set,
    string, yaml_decode, yaml_encode,
};

/// What an argument must be. None but [`Param::Nullable`] may be null; all may be unknown.
#[derive(Clone, Copy)]
pub(super) enum Param {
    Any,
    Nullable,
    /// Converted to text; JSON text is rendered.
    Text,
    /// Text, of which JSON keeps its structure.
    Document,
    Number,
    /// A list of elements of one type.
    List,
    /// A list of text.
    Texts,
}

type Pure = fn(&[Node]) -> Result<Node, String>;

#[derive(Clone, Copy)]
pub(super) enum Run {
    /// Runs only when all arguments are known in all their parts.
    Known(Pure),
    /// Sees for itself what of its arguments is known.
    Partly(Pure),
    /// The same, and may read files.
    Files(fn(&[Node], &dyn Files) -> Result<Node, String>),
    /// Cannot be computed before a run, or not without a key, for this reason.
    Never(&'static str),
}

/// Where the result's own flags come from.
#[derive(Clone, Copy)]
pub(super) enum Flags {
    /// From all parts of all arguments.
    Computed,
    /// From the arguments themselves; elements bring their own.
    HandedThrough,
}

pub(super) struct Function {
    pub(super) name: &'static str,
    pub(super) params: &'static [Param],
    /// What any further arguments must be.
    pub(super) rest: Option<Param>,
    pub(super) run: Run,
    pub(super) flags: Flags,
}

use Flags::{Computed, HandedThrough as Through};
use Param::{Any, Document, List, Nullable, Number, Text, Texts};
use Run::{Known, Never, Partly};

const fn row(name: &'static str, params: &'static [Param], run: Run, flags: Flags) -> Function {
    Function { name, params, rest: None, run, flags }
}

const fn open(name: &'static str, params: &'static [Param], rest: Param, run: Run, flags: Flags) -> Function {
    Function { name, params, rest: Some(rest), run, flags }
}

const CLOCK: &str = "the time of the run is not known before apply";

#[rustfmt::skip]
pub(super) const TABLE: &[Function] = &[
    // Numbers.
    row("abs", &[Number], Known(numeric::abs), Computed),
    row("ceil", &[Number], Known(numeric::ceil), Computed),
    row("floor", &[Number], Known(numeric::floor), Computed),
    row("log", &[Number, Number], Known(numeric::log), Computed),
    open("max", &[], Number, Known(numeric::max), Computed),
    open("min", &[], Number, Known(numeric::min), Computed),
    row("parseint", &[Any, Number], Known(numeric::parseint), Computed),
    row("pow", &[Number, Number], Known(numeric::pow), Computed),
    row("signum", &[Number], Known(numeric::signum), Computed),
    row("sum", &[Any], Known(numeric::sum), Computed),

    // Text.
    row("chomp", &[Text], Partly(string::chomp), Computed),
    row("endswith", &[Text, Text], Partly(string::endswith), Computed),
    open("format", &[Text], Nullable, Partly(format::format), Computed),
    open("formatlist", &[Text], Nullable, Partly(format::formatlist), Computed),
    row("indent", &[Number, Text], Partly(string::indent), Computed),
    open("join", &[Text], Texts, Partly(string::join), Computed),
    row("lower", &[Text], Partly(string::lower), Computed),
    row("regex", &[Text, Text], Known(regular::regex), Computed),
    row("regexall", &[Text, Text], Known(regular::regexall), Computed),
    row("replace", &[Text, Text, Text], Partly(string::replace), Computed),
    row("split", &[Text, Text], Known(string::split), Computed),
    row("startswith", &[Text, Text], Partly(string::startswith), Computed),
    row("strcontains", &[Text, Text], Partly(string::strcontains), Computed),
    row("strrev", &[Text], Known(string::strrev), Computed),
    row("substr", &[Text, Number, Number], Partly(string::substr), Computed),
    row("title", &[Text], Known(string::title), Computed),
    row("trim", &[Text, Text], Partly(string::trim), Computed),
    row("trimprefix", &[Text, Text], Partly(string::trimprefix), Computed),
    row("trimspace", &[Text], Partly(string::trimspace), Computed),
    row("trimsuffix", &[Text, Text], Partly(string::trimsuffix), Computed),
    row("upper", &[Text], Partly(string::upper), Computed),

    // Lists, maps and sets.
    row("alltrue", &[Any], Partly(collection::alltrue), Computed),
    row("anytrue", &[Any], Partly(collection::anytrue), Computed),
    row("chunklist", &[List, Number], Partly(collection::chunklist), Through),
    open("coalesce", &[], Nullable, Partly(collection::coalesce), Through),
    open("coalescelist", &[], Nullable, Partly(collection::coalescelist), Through),
    row("compact", &[Texts], Partly(collection::compact), Through),
    open("concat", &[], Any, Partly(collection::concat), Through),
    row("contains", &[Any, Any], Partly(collection::contains), Computed),
    row("distinct", &[List], Partly(set::distinct), Through),
    row("element", &[Any, Number], Partly(collection::element), Through),
    row("flatten", &[Any], Partly(collection::flatten), Through),
    row("index", &[Any, Any], Partly(collection::index), Computed),
    row("keys", &[Any], Partly(collection::keys), Through),
    row("length", &[Any], Partly(collection::length), Through),
    open("lookup", &[Any, Text], Nullable, Partly(collection::lookup), Through),
    row("matchkeys", &[List, List, List], Partly(collection::matchkeys), Through),
    open("merge", &[], Nullable, Partly(collection::merge), Through),
    row("one", &[Any], Partly(collection::one), Through),
    open("range", &[], Number, Known(collection::range), Computed),
    row("reverse", &[Any], Partly(collection::reverse), Through),
    open("setintersection", &[List], List, Partly(set::setintersection), Through),
    open("setproduct", &[], Any, Partly(set::setproduct), Through),
    row("setsubtract", &[List, List], Partly(set::setsubtract), Through),
    open("setunion", &[List], List, Partly(set::setunion), Through),
    row("slice", &[Any, Number, Number], Partly(collection::slice), Through),
    row("sort", &[Texts], Partly(collection::sort), Through),
    row("transpose", &[Any], Partly(collection::transpose), Computed),
    row("values", &[Any], Partly(collection::values), Through),
    row("zipmap", &[Texts, Any], Partly(collection::zipmap), Through),

    // Encodings.
    row("base64decode", &[Text], Known(encoding::base64decode), Computed),
    row("base64encode", &[Text], Known(encoding::base64encode), Computed),
    row("base64gzip", &[Text], Known(encoding::base64gzip), Computed),
    row("csvdecode", &[Text], Known(encoding::csvdecode), Computed),
    row("jsondecode", &[Document], Partly(json::decode), Through),
    row("jsonencode", &[Nullable], Partly(json::encode), Through),
    row("textdecodebase64", &[Text, Text], Known(encoding::textdecodebase64), Computed),
    row("textencodebase64", &[Text, Text], Known(encoding::textencodebase64), Computed),
    row("urlencode", &[Text], Partly(encoding::urlencode), Computed),
    row("yamldecode", &[Text], Known(yaml_decode::yamldecode), Computed),
    row("yamlencode", &[Nullable], Partly(yaml_encode::yamlencode), Computed),

    // Files and paths.
    row("abspath", &[Text], Partly(filesystem::abspath), Computed),
    row("basename", &[Text], Partly(filesystem::basename), Computed),
    row("dirname", &[Text], Partly(filesystem::dirname), Computed),
    row("file", &[Text], Run::Files(filesystem::file), Computed),
    row("filebase64", &[Text], Run::Files(filesystem::filebase64), Computed),
    row("filebase64sha256", &[Text], Run::Files(filesystem::filebase64sha256), Computed),
    row("filebase64sha512", &[Text], Run::Files(filesystem::filebase64sha512), Computed),
    row("fileexists", &[Text], Run::Files(filesystem::fileexists), Computed),
    row("filemd5", &[Text], Run::Files(filesystem::filemd5), Computed),
    row("fileset", &[Text, Text], Run::Files(filesystem::fileset), Computed),
    row("filesha1", &[Text], Run::Files(filesystem::filesha1), Computed),
    row("filesha256", &[Text], Run::Files(filesystem::filesha256), Computed),
    row("filesha512", &[Text], Run::Files(filesystem::filesha512), Computed),
    row("pathexpand", &[Text], Partly(filesystem::pathexpand), Computed),

    // Dates.
    row("formatdate", &[Text, Text], Known(date::formatdate), Computed),
    row("plantimestamp", &[], Never(CLOCK), Computed),
    row("timeadd", &[Text, Text], Known(date::timeadd), Computed),
    row("timecmp", &[Text, Text], Known(date::timecmp), Computed),
    row("timestamp", &[], Never(CLOCK), Computed),

    // Hashes and ciphers.
    row("base64sha256", &[Text], Known(hash::base64sha256), Computed),
    row("base64sha512", &[Text], Known(hash::base64sha512), Computed),
    open("bcrypt", &[Text], Number, Never("the salt is not known before apply"), Computed),
    row("md5", &[Text], Known(hash::md5), Computed),
    row("rsadecrypt", &[Text, Text], Never("what rsadecrypt gives is not known before apply"), Computed),
    row("sha1", &[Text], Known(hash::sha1), Computed),
    row("sha256", &[Text], Known(hash::sha256), Computed),
    row("sha512", &[Text], Known(hash::sha512), Computed),
    row("uuid", &[], Never("a random UUID is not known before apply"), Computed),
    row("uuidv5", &[Text, Text], Known(hash::uuidv5), Computed),

    // IP networks.
    row("cidrhost", &[Text, Number], Known(ip::cidrhost), Computed),
    row("cidrnetmask", &[Text], Known(ip::cidrnetmask), Computed),
    row("cidrsubnet", &[Text, Number, Number], Known(ip::cidrsubnet), Computed),
    open("cidrsubnets", &[Text], Number, Known(ip::cidrsubnets), Computed),

    // Conversions.
    row("ephemeralasnull", &[Nullable], Partly(conversion::ephemeralasnull), Through),
    row("tobool", &[Nullable], Partly(conversion::tobool), Through),
    row("tolist", &[Nullable], Partly(conversion::tolist), Through),
    row("tomap", &[Nullable], Partly(conversion::tomap), Through),
    row("tonumber", &[Nullable], Partly(conversion::tonumber), Through),
    row("toset", &[Nullable], Partly(conversion::toset), Through),
    row("tostring", &[Nullable], Partly(conversion::tostring), Through),
];

const COUNT: usize = TABLE.len();

/// The name of every function here.
pub const NAMES: [&str; COUNT] = {
    let mut names = [""; COUNT];
    let mut i = 0;
    while i < COUNT {
        names[i] = TABLE[i].name;
        i += 1;
    }
    names
};
