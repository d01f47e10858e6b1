/* Revision files: what is taken is complete, its statements stand in its text, a section is there to be shown when it
 * has statements, and every statement has its notes. */
#include "../../db/revision.h"
#include "../../db/revision_notes.h"
#include "fuzz.h"

static void require_id(const char *id)
{
    size_t length = strlen(id);

    REQUIRE(length >= 4 && length <= 40 && strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789_") == length);
}

static void require_section(const void *context, const struct revision *revision, enum direction direction)
{
    const struct revision_section *section = journal_section(revision, direction);
    const struct revision_note *notes = revision_notes(context, revision, direction);
    const char *shown = revision_section_text(context, revision, direction);
    size_t count = 0;

    for (size_t i = 0; i < section->count; i++) {
        REQUIRE(section->steps[i].count > 0);
        for (size_t j = 0; j < section->steps[i].count; j++) {
            REQUIRE(strstr(shown, section->steps[i].statements[j].sql));
            REQUIRE(notes[count].statement);
            count++;
        }
    }
    REQUIRE(revision_statements(section) == count && !notes[count].statement);
    for (size_t i = 0; i < count; i++)
        REQUIRE(!strpbrk(notes[i].statement, "\r\n") && (!notes[i].lock || !strpbrk(notes[i].lock, "\r\n")));
}

static void read_revision(void *context, struct input input)
{
    struct revision *revision = NULL;
    struct error *failed = revision_parse(context, "file.sql", input.bytes, input.length, &revision);

    if (failed) {
        REQUIRE(failed->code == ERROR_USAGE && strstr(failed->message, "file.sql"));
        return;
    }
    require_id(revision->id);
    for (size_t i = 0; revision->parent_ids[i]; i++)
        require_id(revision->parent_ids[i]);
    REQUIRE(*revision->message && !strpbrk(revision->message, "\n") && strlen(revision->created) == 20);
    REQUIRE(strlen(revision->text) == input.length && strlen(revision->checksum) == 64);
    require_section(context, revision, DIRECTION_UP);
    require_section(context, revision, DIRECTION_DOWN);
}

FUZZ_TARGET(read_revision)
