// The upload handlers of all competitors and the storage on another port, in a process of its own,
// started by `startSink`. Its argument is the options as JSON.
import { listen } from "../sink/listen.mjs";
import { reportToParent } from "../sink/report-to-parent.mjs";
import { createCalls } from "./calls.mjs";

const options = JSON.parse(process.argv[2]);
let storage = "";
const calls = createCalls(() => storage);
storage = await listen(options, calls);
reportToParent({ storage, api: await listen(options, calls) }, calls.take);
