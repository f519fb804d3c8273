// A server that counts and drops uploads, in a process of its own, started by `startSink`. Its argument
// is the options as JSON.
import { sinkEndpoint } from "./sink/endpoint.mjs";
import { listen } from "./sink/listen.mjs";
import { reportToParent } from "./sink/report-to-parent.mjs";

let origin = "";
const endpoint = sinkEndpoint(() => origin);
origin = await listen(JSON.parse(process.argv[2]), endpoint);
reportToParent({ origin }, endpoint.take);
