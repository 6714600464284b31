//! No module of a crate depends, by its `use` lines, on one that depends on it.

#![allow(clippy::unwrap_used)]

mod source;

use source::{crates, sources, tokens};
use std::collections::{BTreeMap, BTreeSet};

/// A module, by the names from the root of its crate: none for the root itself.
type Module = Vec<String>;

/// The `use` lines of a module.
#[derive(Default)]
struct Imports {
    /// What it takes for itself, as it is written: `crate`, `facts`, `Fact`.
    uses: Vec<Vec<String>>,
    /// What it hands on by `pub use`: by its name here.
    handed_on: BTreeMap<String, Vec<String>>,
}

/// The modules of a crate, each with its `use` lines. Unit tests at the end of a file are left out.
fn modules(files: &[(String, String)], source: &str) -> BTreeMap<Module, Imports> {
    let mut modules = BTreeMap::new();
    for (path, text) in files {
        let Some(file) = path.strip_prefix(source) else { continue };
        if file == "main.rs" || file.ends_with("tests.rs") {
            continue;
        }
        let names = file.trim_end_matches(".rs").split('/');
        let module = names.filter(|name| !["lib", "mod"].contains(name)).map(str::to_owned);
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
        modules.insert(module.collect(), imports(code));
    }
    modules
}

/// The `use` lines of a text.
fn imports(code: &str) -> Imports {
    let words: Vec<String> = tokens(code).iter().map(|token| token.text().to_owned()).collect();
    let mut imports = Imports::default();
    let mut place = 0;
    while let Some(start) = words[place..].iter().position(|word| word == "use") {
        let start = place + start;
        let end = start + words[start..].iter().position(|word| word == ";").unwrap_or_default();
        let is_public = start > 0 && ["pub", ")"].contains(&words[start - 1].as_str());
        for path in paths(&words[start + 1..end]) {
            match path.last() {
                Some(name) if is_public => drop(imports.handed_on.insert(name.clone(), path)),
                _ => imports.uses.push(path),
            }
        }
        place = end.max(start + 1);
    }
    imports
}

/// The paths of one `use` tree: `a::{b, c::d}` has `a::b` and `a::c::d`.
fn paths(words: &[String]) -> Vec<Vec<String>> {
    let mut prefixes = vec![Vec::new()];
    let mut path: Vec<String> = Vec::new();
    let mut paths = Vec::new();
    for word in words {
        match word.as_str() {
            "{" => prefixes.push(path.clone()),
            "}" | "," => {
                if path.len() > prefixes.last().unwrap().len() {
                    paths.push(path.clone());
                }
                if word == "}" {
                    prefixes.pop();
                }
                path.clone_from(prefixes.last().unwrap());
            }
            ":" => {}
            _ => path.push(word.clone()),
        }
    }
    paths.extend(Some(path).filter(|path| !path.is_empty()));
    // `name as other` came out as three words.
    for path in &mut paths {
        if let Some(place) = path.iter().position(|word| word == "as") {
            path.truncate(place);
        }
    }
    paths
}

/// The module in which a path ends that stands in `from`; none if that is another crate.
fn target(modules: &BTreeMap<Module, Imports>, from: &Module, path: &[String]) -> Option<Module> {
    let mut module = from.clone();
    let mut names = path.iter().peekable();
    match names.peek()?.as_str() {
        "crate" => {
            names.next();
            module = Vec::new();
        }
        "self" => drop(names.next()),
        "super" => {}
        name => {
            let child = [from.as_slice(), &[name.to_owned()]].concat();
            modules.contains_key(&child).then_some(())?;
        }
    }
    for name in names {
        if name == "super" {
            module.pop();
            continue;
        }
        let child = [module.as_slice(), std::slice::from_ref(name)].concat();
        if modules.contains_key(&child) {
            module = child;
            continue;
        }
        let handed_on = modules.get(&module)?.handed_on.get(name);
        return handed_on.map_or(Some(module.clone()), |path| target(modules, &module, path));
    }
    Some(module)
}

/// The modules that each module needs.
fn dependencies(modules: &BTreeMap<Module, Imports>) -> BTreeMap<Module, BTreeSet<Module>> {
    let needs = |(module, imports): (&Module, &Imports)| {
        let targets = imports.uses.iter().filter_map(|path| target(modules, module, path));
        (module.clone(), targets.filter(|target| target != module).collect())
    };
    modules.iter().map(needs).collect()
}

/// What is left when modules that need nothing, or that nothing needs, are taken away again and
/// again: the circles, and what lies between them.
fn circles(mut needs: BTreeMap<Module, BTreeSet<Module>>) -> Vec<String> {
    loop {
        let needed: BTreeSet<_> = needs.values().flatten().cloned().collect();
        let before = needs.len();
        needs.retain(|module, targets| !targets.is_empty() && needed.contains(module));
        let present: BTreeSet<_> = needs.keys().cloned().collect();
        for targets in needs.values_mut() {
            targets.retain(|target| present.contains(target));
        }
        if needs.len() == before {
            break;
        }
    }
    let name = |module: &Module| format!("crate::{}", module.join("::"));
    let line = |(module, targets): (&Module, &BTreeSet<Module>)| {
        let targets: Vec<_> = targets.iter().map(name).collect();
        format!("{} needs {}", name(module), targets.join(", "))
    };
    needs.iter().map(line).collect()
}

#[test]
fn no_modules_of_a_crate_need_each_other() {
    let mut cycles = Vec::new();
    for folder in ["shared", "functions", "tools"].map(crates).concat() {
        let source = format!("{folder}/src/");
        let modules = modules(&sources(&folder), &source);
        let lines = circles(dependencies(&modules));
        cycles.extend(lines.iter().map(|line| format!("{folder}: {line}")));
    }
    assert!(cycles.is_empty(), "\n{}", cycles.join("\n"));
}

#[test]
fn a_planted_circle_is_noticed() {
    let file = |name: &str, text: &str| (format!("x/src/{name}"), text.to_owned());
    let files = |third: &str| {
        [
            file("lib.rs", "mod a;\nmod b;\npub use a::A;"),
            file("a.rs", "use crate::b::{self, B};\nuse std::fmt;"),
            file("b/mod.rs", "mod c;\nuse c::C;"),
            file("b/c.rs", third),
        ]
    };
    let circles_with = |third: &str| circles(dependencies(&modules(&files(third), "x/src/")));
    assert_eq!(circles_with("use std::io;"), Vec::<String>::new());
    let circle = circles_with("use crate::A;");
    assert_eq!(circle.len(), 3, "{circle:?}");
}
