import { createElement } from "react";
import { renderToString } from "react-dom/server";
import { expect, test } from "vitest";
import { createClient } from "../../src/node/index.js";
import { useUpload } from "../../src/react/index.js";

const client = createClient({
	endpoint: "https://api.example/uploads",
	fetch: () => Promise.reject(new Error("No request was expected.")),
});

function Page() {
	const { ids, state, inputProps } = useUpload(client, { key: () => "a", pending: true });
	return createElement("p", null, createElement("input", inputProps), `${state} ${ids.length}`);
}

function PageWith({ options }: { readonly options: object }) {
	// @ts-expect-error TypeScript refuses what is missing, too
	return useUpload(client, options).state;
}

test("a page with the hook is rendered on a server, without a request", () => {
	expect(renderToString(createElement(Page))).toBe('<p><input type="file" multiple=""/>idle 0</p>');
});

test.each<readonly [string, object, string]>([
	["no key", {}, "`key` must be a function."],
	["an unknown option", { key: (): string => "a", limit: 1 }, "Unknown option `limit`"],
])("the hook refuses %s at the first render", (_, options, message) => {
	expect(() => renderToString(createElement(PageWith, { options }))).toThrow(
		expect.objectContaining({ code: "invalid-request", message: expect.stringContaining(message) }),
	);
});
