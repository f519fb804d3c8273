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

test("a page with the hook is rendered on a server, without a request", () => {
	expect(renderToString(createElement(Page))).toBe('<p><input type="file" multiple=""/>idle 0</p>');
});
