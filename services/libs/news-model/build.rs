//! Compiles the wire contract without a `protoc` on the machine.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    const ROOT: &str = "../../../proto";
    const FILES: [&str; 5] = ["feed", "state", "fetch", "item", "tagged"];
    println!("cargo:rerun-if-changed={ROOT}");
    let files = FILES.map(|name| format!("courant/news/v1/{name}.proto"));
    let descriptors = protox::compile(files, [ROOT])?;
    prost_build::Config::new().bytes(["."]).compile_fds(descriptors)?;
    Ok(())
}
