//! Flows in small programs: each line of a case says where what a model wrote ends.

use catalog::Catalog;
use collect::{Source as _, Tree};
use model::Asset;

/// The flows of some files: `output → command subprocess.run: step, step`.
fn flows(files: &[(&str, &str)]) -> Vec<Asset> {
    let catalog = Catalog::embedded();
    let code = super::super::Code { catalog: &catalog };
    let seen = code.observe(&Tree::of_texts(files.iter().copied()));
    seen.assets.into_iter().filter(|asset| &*asset.kind == "code.output-flow").collect()
}

fn shown(files: &[(&str, &str)]) -> Vec<String> {
    let text =
        |asset: &Asset, path: &str| asset.document.at_path(path).map(|n| n.brief()).unwrap_or_default();
    let mut lines: Vec<String> = flows(files)
        .iter()
        .map(|flow| {
            format!("{} → {} {}", text(flow, "source.what"), text(flow, "sink.kind"), text(flow, "sink.call"))
        })
        .collect();
    lines.sort();
    lines
}

const ASK: &str = "import os, subprocess, sqlite3, json, re, shlex, requests, pickle\nfrom openai import OpenAI\nclient = OpenAI()\ndef ask(q):\n    r = client.chat.completions.create(model=\"gpt-4o\", messages=[{\"role\": \"user\", \"content\": q}])\n    return r.choices[0].message.content\n";

/// In Python, after a function `ask` that returns what a model wrote.
#[test]
fn inside_python() {
    check(
        "app.py",
        ASK,
        &[
            ("os.system(ask('q'))", "output → command os.system"),
            ("def f():\n    out = ask('q')\n    exec(out)", "output → code exec"),
            ("def f():\n    out = ask('q')\n    print(out)", ""),
            (
                "def f():\n    out = ask('q')\n    subprocess.run(out, shell=True)",
                "output → command subprocess.run",
            ),
            ("def f():\n    out = ask('q')\n    subprocess.run(['ls', out])", ""),
            (
                "def f():\n    out = ask('q')\n    subprocess.run(['bash', '-c', out])",
                "output → command subprocess.run",
            ),
            (
                "def f():\n    out = ask('q')\n    subprocess.run(['python3', '-c', out])",
                "output → code subprocess.run",
            ),
            (
                "def f():\n    out = ask('q')\n    subprocess.run(shlex.split(out))",
                "output → command subprocess.run",
            ),
            ("def f():\n    out = ask('q')\n    subprocess.run('ls ' + shlex.quote(out), shell=True)", ""),
            ("def f():\n    out = json.loads(ask('q'))\n    eval(out['expression'])", "output → code eval"),
            ("def f():\n    out = int(ask('q'))\n    eval(str(out))", ""),
            (
                "def f():\n    out = ask('q')\n    if out not in ('ls', 'pwd'):\n        raise ValueError(out)\n    os.system(out)",
                "",
            ),
            ("def f():\n    out = ask('q')\n    if out in ALLOWED:\n        os.system(out)", ""),
            (
                "def f():\n    out = ask('q')\n    if out in ALLOWED:\n        pass\n    os.system(out)",
                "output → command os.system",
            ),
            (
                "def f():\n    m = re.search(r'```(.*)```', ask('q'))\n    exec(m.group(1))",
                "output → code exec",
            ),
            ("def run(cmd):\n    os.system(cmd)\ndef f():\n    run(ask('q'))", "output → command os.system"),
            (
                "def run(cmd):\n    os.system(cmd)\ndef mid(a, b):\n    run(b)\ndef f():\n    mid(1, b=ask('q'))",
                "output → command os.system",
            ),
            (
                "def tidy(t):\n    return t.strip().removeprefix('x')\ndef f():\n    exec(tidy(ask('q')))",
                "output → code exec",
            ),
            (
                "def f():\n    c = sqlite3.connect('a').cursor()\n    c.execute(ask('q'))",
                "output → sql c.execute",
            ),
            ("def f():\n    c = sqlite3.connect('a').cursor()\n    c.execute('select ?', (ask('q'),))", ""),
            ("def f(cursor):\n    cursor.execute(f\"select '{ask('q')}'\")", "output → sql cursor.execute"),
            ("def f(task):\n    task.execute(ask('q'))", ""),
            ("def f():\n    requests.get(ask('q'))", "output → http requests.get"),
            ("def f():\n    requests.get(f\"https://api.example/search?q={ask('q')}\")", ""),
            ("def f():\n    u = 'https://' + ask('q')\n    requests.get(u)", "output → http requests.get"),
            ("def f():\n    requests.get('https://a.example/', params={'q': ask('q')})", ""),
            ("def f():\n    open(ask('q'), 'w').write('x')", "output → file open"),
            ("def f():\n    open('a.txt', 'w').write(ask('q'))", ""),
            ("def f():\n    open(os.path.join('out', os.path.basename(ask('q'))), 'w')", ""),
            ("def f():\n    open(os.path.join('out', ask('q')), 'w')", "output → file open"),
            ("def f():\n    pickle.loads(ask('q'))", "output → deserialise pickle.loads"),
            (
                "class A:\n    def ask(self):\n        self.last = ask('q')\n    def run(self):\n        exec(self.last)",
                "output → code exec",
            ),
            (
                "class A:\n    def ask(self):\n        self.last = ask('q')\n    def run(self):\n        exec(self.first)",
                "",
            ),
            (
                "class A:\n    def __init__(self, code):\n        self.code = code\n    def run(self):\n        exec(self.code)\ndef f():\n    A(ask('q')).run()",
                "output → code exec",
            ),
            (
                "def f():\n    parts = [line for line in ask('q').splitlines() if line]\n    exec('\\n'.join(parts))",
                "output → code exec",
            ),
            (
                "def f():\n    out = []\n    for line in ask('q').split('\\n'):\n        out.append(line)\n    os.system(' '.join(out))",
                "output → command os.system",
            ),
            ("def f():\n    if ask('q') == 'yes':\n        os.system('ls')", ""),
            ("def f():\n    n = len(ask('q'))\n    os.system(f'head -n {n}')", ""),
            (
                "def f():\n    r = client.chat.completions.create(model='gpt-4o', messages=[])\n    os.system(f'echo {r.usage.total_tokens}')",
                "",
            ),
            (
                "def f():\n    s = client.chat.completions.create(model='gpt-4o', messages=[], stream=True)\n    t = ''\n    for chunk in s:\n        t += chunk.choices[0].delta.content\n    exec(t)",
                "output → code exec",
            ),
            (
                "def f():\n    e = client.embeddings.create(model='text-embedding-3-small', input='a')\n    exec(e.data)",
                "",
            ),
            (
                "async def f():\n    import asyncio\n    await asyncio.create_subprocess_shell(ask('q'))",
                "output → command asyncio.create_subprocess_shell",
            ),
            (
                "async def f():\n    import asyncio\n    await asyncio.to_thread(os.system, ask('q'))",
                "output → command asyncio.to_thread",
            ),
            ("def f():\n    a, b = ask('q').split('|')\n    os.system(b)", "output → command os.system"),
            ("def f():\n    d = {'cmd': ask('q'), 'dir': '/tmp'}\n    os.system(d['dir'])", ""),
            (
                "def f():\n    d = {'cmd': ask('q'), 'dir': '/tmp'}\n    os.system(d['cmd'])",
                "output → command os.system",
            ),
            (
                "def f():\n    try:\n        out = ask('q')\n    except Exception:\n        out = ''\n    exec(out)",
                "output → code exec",
            ),
            ("def f():\n    out = ask('q')\n    out = 'ls'\n    os.system(out)", ""),
            (
                "def gen():\n    yield ask('q')\ndef f():\n    for x in gen():\n        exec(x)",
                "output → code exec",
            ),
            ("def f():\n    exec(lambda: ask('q'))", ""),
            (
                "def sanitize(x):\n    return x.replace(';', '')\ndef f():\n    os.system(sanitize(ask('q')))",
                "",
            ),
            (
                "def f():\n    out = ask('q')\n    if not is_safe(out):\n        return\n    os.system(out)",
                "",
            ),
            (
                "def loop(x, n):\n    if n:\n        return loop(x, n - 1)\n    return x\ndef f():\n    exec(loop(ask('q'), 3))",
                "output → code exec",
            ),
        ],
    );
}

fn check(path: &str, before: &str, cases: &[(&str, &str)]) {
    let wrong = cases.iter().filter_map(|(code, want)| {
        let found = shown(&[(path, &format!("{before}{code}\n"))]).join("; ");
        (found != *want).then(|| format!("{code}\n  found: {found}\n  want:  {want}"))
    });
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

const SCRIPT: &str = "import OpenAI from 'openai';\nimport { exec, execSync, spawn } from 'child_process';\nimport fs from 'fs';\nimport path from 'path';\nimport DOMPurify from 'dompurify';\nconst client = new OpenAI();\nasync function ask(q) {\n  const r = await client.chat.completions.create({ model: 'gpt-4o', messages: [{ role: 'user', content: q }] });\n  return r.choices[0].message.content;\n}\n";

/// In JavaScript, after a function `ask`.
#[test]
fn inside_scripts() {
    check(
        "app.tsx",
        SCRIPT,
        &[
            ("async function f() { eval(await ask('q')); }", "output → code eval"),
            (
                "async function f() { const out = await ask('q'); exec(`ls ${out}`); }",
                "output → command exec",
            ),
            ("async function f() { const out = await ask('q'); console.log(out); }", ""),
            ("async function f() { const out = await ask('q'); spawn('ls', [out]); }", ""),
            (
                "async function f() { const out = await ask('q'); spawn('bash', ['-c', out]); }",
                "output → command spawn",
            ),
            (
                "async function f() { const out = await ask('q'); spawn(out, { shell: true }); }",
                "output → command spawn",
            ),
            ("async function f() { document.body.innerHTML = await ask('q'); }", "output → html innerHTML"),
            ("async function f() { document.body.textContent = await ask('q'); }", ""),
            ("async function f() { document.body.innerHTML = DOMPurify.sanitize(await ask('q')); }", ""),
            ("ask('q').then((out) => execSync(out));", "output → command execSync"),
            ("ask('q').then(out => out.trim()).then(out => eval(out));", "output → code eval"),
            (
                "const run = (c: string) => execSync(c);\nasync function f() { run(await ask('q')); }",
                "output → command execSync",
            ),
            (
                "async function f() { const { command } = JSON.parse(await ask('q')); execSync(command); }",
                "output → command execSync",
            ),
            ("async function f() { const n = Number(await ask('q')); execSync(`head -n ${n}`); }", ""),
            (
                "async function f() { const out = await ask('q'); if (!ALLOWED.includes(out)) return; execSync(out); }",
                "",
            ),
            (
                "async function f() { const out = await ask('q'); if (!ALLOWED.has(out)) { throw new Error(out); } execSync(out); }",
                "",
            ),
            (
                "async function f() { const out = await ask('q'); if (out !== 'ls') return; execSync(out); }",
                "",
            ),
            (
                "async function f() { for (const x of (await ask('q')).split('\\n')) { execSync(x); } }",
                "output → command execSync",
            ),
            (
                "async function f() { (await ask('q')).split('\\n').forEach(x => execSync(x)); }",
                "output → command execSync",
            ),
            (
                "async function f() { const all = (await ask('q')).split(',').map(x => x.trim()); execSync(all.join(' ')); }",
                "output → command execSync",
            ),
            ("async function f() { fetch(await ask('q')); }", "output → http fetch"),
            ("async function f() { fetch(`https://api.example/${await ask('q')}`); }", ""),
            (
                "async function f() { fetch('https://api.example/', { method: 'POST', body: await ask('q') }); }",
                "",
            ),
            ("async function f() { fs.writeFileSync('a.txt', await ask('q')); }", ""),
            (
                "async function f() { fs.writeFileSync(path.join('out', await ask('q')), 'x'); }",
                "output → file fs.writeFileSync",
            ),
            (
                "async function f() { fs.writeFileSync(path.join('out', path.basename(await ask('q'))), 'x'); }",
                "",
            ),
            (
                "async function f() { window.location.href = await ask('q'); }",
                "output → redirect window.location.href",
            ),
            (
                "async function f() { const s = await client.chat.completions.create({ model: 'gpt-4o', messages: [], stream: true }); let t = ''; for await (const c of s) { t += c.choices[0]?.delta?.content ?? ''; } eval(t); }",
                "output → code eval",
            ),
            (
                "function App() { const [out, setOut] = useState(''); async function go() { setOut(await ask('q')); } return <div onClick={go} dangerouslySetInnerHTML={{ __html: out }} />; }",
                "output → html dangerouslySetInnerHTML",
            ),
            (
                "function App() { const [out, setOut] = useState(''); async function go() { setOut(await ask('q')); } return <div onClick={go}>{out}</div>; }",
                "",
            ),
            (
                "function App() { const [out, setOut] = useState(''); async function go() { setOut(await ask('q')); } return <div onClick={go} dangerouslySetInnerHTML={{ __html: DOMPurify.sanitize(out) }} />; }",
                "",
            ),
            (
                "class A { last = ''; async go() { this.last = await ask('q'); } run() { eval(this.last); } }",
                "output → code eval",
            ),
            ("async function f() { const o = { cmd: await ask('q'), cwd: '/tmp' }; execSync(o.cwd); }", ""),
            ("async function f() { setTimeout(() => ask('q'), 10); }", ""),
            ("async function f() { const out = (await ask('q')).length; execSync(`head -n ${out}`); }", ""),
        ],
    );
}

/// Across files, objects and frameworks.
#[test]
fn across_files() {
    for (name, files, want) in [
        (
            "a module of the program",
            &[("llm.py", ASK), ("shell.py", "import os\ndef run(c):\n    os.system(c)\n"), ("app.py", "from llm import ask\nimport shell\nshell.run(ask('q'))\n")][..],
            &["output → command os.system"][..],
        ),
        (
            "a method of an object",
            &[("llm.py", &format!("{ASK}class Llm:\n    def ask(self, q):\n        return ask(q)\n")), ("app.py", "from llm import Llm\nclass App:\n    def __init__(self):\n        self.llm = Llm()\n    def go(self):\n        exec(self.llm.ask('q'))\n")],
            &["output → code exec"],
        ),
        (
            "modules of a script",
            &[("package.json", "{}"), ("llm.ts", &SCRIPT.replace("async function ask", "export async function ask")), ("app.ts", "import { ask } from './llm';\nexport async function go() { eval(await ask('q')); }\n")],
            &["output → code eval"],
        ),
        (
            "a chain",
            &[("app.py", "from langchain_openai import ChatOpenAI\nfrom langchain_core.prompts import ChatPromptTemplate\nllm = ChatOpenAI(model='gpt-4o')\nchain = ChatPromptTemplate.from_template('{q}') | llm\ndef go(q):\n    exec(chain.invoke({'q': q}).content)\n")],
            &["output → code exec"],
        ),
        (
            "a tool",
            &[("app.py", "from langchain_core.tools import tool\nimport subprocess\n@tool\ndef shell(command: str, limit: int, runtime: ToolRuntime) -> str:\n    \"\"\"Runs.\"\"\"\n    return subprocess.run(command, shell=True).stdout\n")],
            &["tool-argument → command subprocess.run"],
        ),
        (
            "a tool whose argument is a number",
            &[("app.py", "from langchain_core.tools import tool\nimport subprocess\n@tool\ndef head(lines: int) -> str:\n    \"\"\"Runs.\"\"\"\n    return subprocess.run(f'head -n {lines}', shell=True).stdout\n")],
            &[],
        ),
        (
            "a server",
            &[("package.json", "{}"), ("server.ts", "import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';\nimport { execSync } from 'child_process';\nconst server = new McpServer({ name: 's', version: '1' });\nserver.registerTool('run', { description: 'd' }, async ({ command }) => ({ content: [{ type: 'text', text: execSync(command).toString() }] }));\n")],
            &["tool-argument → command execSync"],
        ),
        (
            "a server of Python",
            &[("server.py", "from mcp.server.fastmcp import FastMCP, Context\nimport requests\nmcp = FastMCP('s')\n@mcp.tool()\ndef fetch(url: str, ctx: Context) -> str:\n    return requests.get(url).text\n")],
            &["tool-argument → http requests.get"],
        ),
    ] {
        assert_eq!(shown(files), want, "{name}");
    }
}

/// Inside a function of other languages.
#[test]
fn other_languages() {
    for (path, code, want) in [
        (
            "main.go",
            "package main\nimport (\n\"context\"\n\"os/exec\"\n\"github.com/openai/openai-go\"\n)\nfunc run() {\nclient := openai.NewClient()\nr, _ := client.Chat.Completions.New(context.TODO(), openai.ChatCompletionNewParams{Model: \"gpt-4o\"})\nout := r.Choices[0].Message.Content\nexec.Command(\"sh\", \"-c\", out).Run()\n}\n",
            &["output → command exec.Command"][..],
        ),
        (
            "main.go",
            "package main\nimport (\n\"context\"\n\"os/exec\"\n\"github.com/openai/openai-go\"\n)\nfunc run() {\nclient := openai.NewClient()\nr, _ := client.Chat.Completions.New(context.TODO(), openai.ChatCompletionNewParams{Model: \"gpt-4o\"})\nout := r.Choices[0].Message.Content\nexec.Command(\"ls\", out).Run()\n}\n",
            &[],
        ),
        (
            "App.java",
            "import dev.langchain4j.model.openai.OpenAiChatModel;\nclass App {\nvoid run(java.sql.Statement statement) throws Exception {\nOpenAiChatModel model = OpenAiChatModel.builder().modelName(\"gpt-4o\").build();\nString out = model.chat(\"q\");\nRuntime.getRuntime().exec(out);\n}\n}\n",
            &["output → command Runtime.getRuntime().exec"],
        ),
    ] {
        assert_eq!(shown(&[(path, code)]), want, "{path}: {code}");
    }
}

/// What tools and prompts say of text from outside.
#[test]
fn facts_of_components() {
    let catalog = Catalog::embedded();
    let code = super::super::Code { catalog: &catalog };
    let app = "from flask import Flask, request\nfrom openai import OpenAI\nfrom langchain_core.tools import tool\nimport requests\nimport subprocess\napp = Flask(__name__)\nclient = OpenAI()\n@app.route('/')\ndef go():\n    q = request.args['q']\n    return client.chat.completions.create(model='gpt-4o', messages=[{'role': 'system', 'content': f'Answer {q}'}])\ndef page(url):\n    return requests.get(url).text\n@tool\ndef look(url: str) -> str:\n    \"\"\"Looks.\"\"\"\n    subprocess.run(['ls'])\n    return page(url)\n";
    let seen = code.observe(&Tree::of_texts([("app.py", app)]));
    let told = |kind: &str, key: &str| -> Vec<String> {
        let of_kind = seen.assets.iter().filter(|asset| &*asset.kind == kind);
        of_kind.filter_map(|asset| asset.document.get(key)).map(|node| node.brief()).collect()
    };
    assert_eq!(told("code.model", "untrusted"), [r#"[{"what":"http-request"}]"#]);
    assert_eq!(told("code.prompt", "untrusted"), [r#"[{"what":"http-request"}]"#]);
    assert_eq!(told("code.tool", "reaches"), [r#"["command","http"]"#]);
    assert_eq!(told("code.tool", "untrusted"), [r#"["web-page"]"#]);
}
