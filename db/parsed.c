/* Reading JSON into a context. */
#include "parsed.h"

#include "memory.h"

struct holder {
    json_t *json;
};

static int release(struct holder *holder)
{
    json_decref(holder->json);
    return 0;
}

json_t *parsed_json(const void *context, const char *bytes, size_t length, size_t flags, json_error_t *problem)
{
    json_error_t own = { 0 };
    struct holder *holder = NEW(context, struct holder);

    talloc_set_destructor(holder, release);
    problem = problem ? problem : &own;
    *problem = (json_error_t){ 0 };
    holder->json = json_loadb(bytes, length, flags, problem);
    /* What is wrong with JSON has a code; jansson gives up without one when it gets no memory. But a string that finds
     * none is called bad, too: what is bad stays bad when it is read once more. */
    if (!holder->json && json_error_code(problem) > json_error_out_of_memory)
        holder->json = json_loadb(bytes, length, flags, problem);
    if (!holder->json && json_error_code(problem) <= json_error_out_of_memory)
        memory_ran_out();
    return holder->json;
}
