# The worker in workerd alone, without an account. `wrangler.jsonc` is what deploys it.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (
      name = "uploads",
      worker = (
        modules = [(name = "worker.js", esModule = embed "dist/worker.js")],
        compatibilityDate = "2026-07-01",
        compatibilityFlags = ["nodejs_compat"],
        globalOutbound = "network",
        bindings = [
          (name = "BUCKET_NAME", fromEnvironment = "BUCKET_NAME"),
          (name = "AWS_REGION", fromEnvironment = "AWS_REGION"),
          (name = "AWS_ACCESS_KEY_ID", fromEnvironment = "AWS_ACCESS_KEY_ID"),
          (name = "AWS_SECRET_ACCESS_KEY", fromEnvironment = "AWS_SECRET_ACCESS_KEY"),
          (name = "UPLOAD_TOKEN_SECRET", fromEnvironment = "UPLOAD_TOKEN_SECRET"),
          (name = "S3_ENDPOINT", fromEnvironment = "S3_ENDPOINT"),
        ],
      ),
    ),
    # the storage stands on this machine, where a worker may not go by itself
    (name = "network", network = (allow = ["private", "public"])),
  ],
  sockets = [(name = "http", http = (), service = "uploads")],
);
