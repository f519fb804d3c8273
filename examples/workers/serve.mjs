// The built worker in workerd, with this process's environment.
import { startWorkerd } from "./start-workerd.mjs";

console.log(`uploads at ${await startWorkerd(Number(process.env.PORT ?? 8787))}/uploads`);
