import platform

invocations = 0


def handler(event, context):
    global invocations
    invocations += 1
    print(f"hello from {context.function_name}")
    return {"hello": event.get("name", "world"), "python": platform.python_version(), "invocations": invocations}
