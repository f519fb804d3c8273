// The worker beside a local S3: `npm run dev`.
import "./build.mjs";
import "./local-storage.mjs";
import { startWorkerd } from "./start-workerd.mjs";

console.log(`uploads at ${await startWorkerd(8787)}/uploads`);
