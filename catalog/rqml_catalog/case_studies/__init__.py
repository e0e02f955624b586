"""End-to-end stories: each module has `main(folder, console) -> exit code`, run by `rqml demo NAME`."""
