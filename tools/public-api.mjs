import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import ts from "typescript-5";
import { root } from "./command.mjs";

const packages = ["server", "client", "testing"];

/**
 * The source of each subpath of a package, by its name: `@skyput/client` has one for each runtime. That of React
 * Native has more exports, and a subpath of its own, which lists them.
 */
function entriesOf(name) {
	const folder = join(root, "packages", name);
	const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
	const targets = Object.entries(manifest.exports);
	const own = new Set(targets.map(([, { source }]) => source));
	return targets.flatMap(([subpath, target]) =>
		(target.source ? [target] : Object.values(target).filter(({ source }) => !own.has(source)))
			.filter(({ source }) => source)
			.map(({ source }) => ({
				name: manifest.name + subpath.slice(1),
				file: join(folder, source),
			})),
	);
}

function createProgram(files) {
	const path = join(root, "packages/client/tsconfig.json");
	const { config } = ts.readConfigFile(path, ts.sys.readFile);
	const { options } = ts.parseJsonConfigFileContent(config, ts.sys, join(root, "packages/client"));
	return ts.createProgram(files, options);
}

/**
 * Reads what the packages export, from their sources.
 *
 * @returns `lists` has the sorted export lines of each subpath; `problems` has every type that cannot be
 *   imported, every optional property that refuses undefined, every parameter without its words
 */
export function readPublicApi() {
	const entries = new Map(packages.map((name) => [name, entriesOf(name)]));
	const program = createProgram([...entries.values()].flat().map(({ file }) => file));
	const checker = program.getTypeChecker();
	const resolve = (symbol) =>
		symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
	const exportsOf = (file) =>
		checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(file)));

	const lists = new Map();
	const exported = new Map();
	const results = [];
	for (const [name, subpaths] of entries) {
		exported.set(name, new Set());
		for (const { name: subpath, file } of subpaths) {
			const symbols = exportsOf(file);
			for (const symbol of symbols) exported.get(name).add(resolve(symbol));
			results.push({ subpath, symbols: new Set(symbols.map(resolve)) });
			const lines = symbols.map((symbol) => `${kindOf(resolve(symbol))} ${symbol.name}`).sort();
			const other = lists.get(subpath);
			if (other && other.join() !== lines.join()) {
				throw new Error(`${subpath} exports other names in browsers than in Node`);
			}
			lists.set(subpath, lines);
		}
	}
	const problems = new Set(missingInReactNative(lists));
	for (const [name, symbols] of exported) {
		const seen = new Set();
		for (const symbol of symbols)
			visit(symbol, { name, exported, checker, seen, problems, resolve });
	}
	for (const { subpath, symbols } of results) {
		for (const symbol of symbols) {
			for (const declaration of symbol.declarations.filter(isValue)) {
				checkResult(declaration.type, { subpath, symbols, checker, problems, resolve });
			}
		}
	}
	return { lists, problems: [...problems].sort() };
}

/** Apps that share code import it under Metro's condition `react-native`, too. */
function missingInReactNative(lists) {
	const namesOf = (subpath) => lists.get(subpath).map((line) => line.split(" ")[1]);
	const native = namesOf("@skyput/client/react-native");
	return namesOf("@skyput/client")
		.filter((name) => !native.includes(name))
		.map((name) => `${name} is exported from @skyput/client, and not for React Native`);
}

function kindOf({ flags }) {
	if (flags & ts.SymbolFlags.Class) return "class";
	if (flags & ts.SymbolFlags.Function) return "function";
	return flags & ts.SymbolFlags.Value ? "const" : "type";
}

/** Looks at the declarations of a symbol, and at all that their types mention. */
function visit(symbol, walk) {
	if (walk.seen.has(symbol)) return;
	walk.seen.add(symbol);
	for (const declaration of symbol.declarations ?? []) {
		const owner = ownerOf(declaration);
		if (owner === walk.name || owner === "protocol") visitNode(declaration, walk);
	}
}

const ownerOf = (node) => /^packages\/(\w+)\/src\//.exec(placeOf(node))?.[1];

/** A type that somebody else's declarations may have to name. */
function checkName(symbol, { name, exported, ...walk }) {
	const [declaration] = symbol.declarations ?? [];
	const owner = declaration && ownerOf(declaration);
	if (!owner || !isNameable(declaration)) return;
	const home = owner === "protocol" ? name : owner;
	if (exported.get(home)?.has(symbol)) return;
	report(declaration, `is not exported from @skyput/${home}`, walk);
}

const placeOf = (node) => relative(root, node.getSourceFile().fileName).replaceAll("\\", "/");

const isExported = (node) => (ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Export) !== 0;

/** The compiler writes out an alias that its own module keeps to itself. */
const isNameable = (node) =>
	ts.isInterfaceDeclaration(node) ||
	ts.isClassDeclaration(node) ||
	(ts.isTypeAliasDeclaration(node) && isExported(node));

function report(node, problem, { problems }) {
	const file = node.getSourceFile();
	const { line } = file.getLineAndCharacterOfPosition(node.getStart());
	const names = [];
	for (let at = node; at && !ts.isSourceFile(at); at = at.parent) {
		if (at.name && ts.isIdentifier(at.name)) names.unshift(at.name.text);
	}
	problems.add(`${placeOf(node)}:${line + 1} ${names.join(".")} ${problem}`);
}

/** What a function returns is named by whoever exports its result, with one import at hand: its own. */
function checkResult(node, walk) {
	if (ts.isIndexedAccessTypeNode(node)) return;
	if (ts.isIdentifier(node) && isTypeName(node)) {
		const symbol = walk.resolve(walk.checker.getSymbolAtLocation(node));
		const [declaration] = symbol.declarations ?? [];
		if (ownerOf(declaration) && isNameable(declaration) && !walk.symbols.has(symbol)) {
			report(declaration, `is a result in ${walk.subpath}, which does not export it`, walk);
		}
	}
	ts.forEachChild(node, (child) => checkResult(child, walk));
}

function visitNode(node, walk) {
	// a body, a default and what is private are not part of a declaration
	if (ts.isBlock(node) || ts.isPrivateIdentifier(node)) return;
	if (ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Private) return;
	if (node.questionToken && !ts.isParameter(node)) checkOptional(node, walk);
	if (isCallable(node)) checkWords(node, walk);
	if (ts.isIdentifier(node) && isTypeName(node)) {
		const symbol = walk.checker.getSymbolAtLocation(node);
		if (symbol) {
			// of `Type["member"]` the compiler writes out the member
			if (!ts.isIndexedAccessTypeNode(node.parent.parent)) checkName(walk.resolve(symbol), walk);
			visit(walk.resolve(symbol), walk);
		}
	}
	ts.forEachChild(node, (child) => {
		if (child !== node.initializer) visitNode(child, walk);
	});
}

function isTypeName({ parent }) {
	return (
		ts.isTypeReferenceNode(parent) ||
		ts.isExpressionWithTypeArguments(parent) ||
		ts.isTypeQueryNode(parent) ||
		ts.isQualifiedName(parent)
	);
}

/** With `exactOptionalPropertyTypes`, `signal: props.signal` compiles only where undefined is written. */
function checkOptional(node, walk) {
	const written = node.type && ts.isUnionTypeNode(node.type) ? node.type.types : [node.type];
	const takesUndefined =
		!ts.isMethodSignature(node) &&
		(written.some(({ kind }) => kind === ts.SyntaxKind.UndefinedKeyword) ||
			(walk.checker.getTypeFromTypeNode(node.type).flags & ts.TypeFlags.AnyOrUnknown) !== 0);
	if (!takesUndefined) report(node, "is optional but does not take undefined", walk);
	const inOptions = /Options$/.test(node.parent.name?.text ?? "");
	if (inOptions && !tagsOf(node).has("default")) report(node, "lacks @default", walk);
}

const isValue = (node) => ts.isFunctionDeclaration(node) || ts.isVariableDeclaration(node);

const isCallable = (node) =>
	ts.isFunctionDeclaration(node) ||
	(ts.isMethodSignature(node) && ts.isInterfaceDeclaration(node.parent)) ||
	ts.isConstructorDeclaration(node);

const tagsOf = (node) => new Set(ts.getJSDocTags(node).map(({ tagName }) => tagName.text));

function checkWords(node, walk) {
	for (const parameter of node.parameters) {
		if (ts.getJSDocParameterTags(parameter).length === 0) {
			report(parameter, "lacks @param", walk);
		}
	}
	const returnsValue = node.type && !/^(Promise<)?(void|undefined)>?$/.test(node.type.getText());
	if (returnsValue && !tagsOf(node).has("returns")) report(node, "lacks @returns", walk);
}
