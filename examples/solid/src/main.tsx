import { render } from "solid-js/web";
import { UploadList } from "./upload-list.tsx";

const main = document.querySelector("main");
if (main) render(() => <UploadList />, main);
