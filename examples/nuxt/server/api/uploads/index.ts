// the path itself, which [...operation].ts does not match
export { default } from "./[...operation]";
