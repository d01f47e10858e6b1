/* The C face of ctemplate, and the only C++ of the program.
 *
 * A view is ctemplate's own interface to its data over plain talloc memory, instead of its
 * TemplateDictionary: values are inherited by included templates too, a value can switch its own part on,
 * ANY_ and NO_ need no code in handlers, and a page of a thousand values costs a handful of allocations. No
 * exception leaves this file. */
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <new>
#include <string>
#include <ctemplate/template.h>

extern "C" {
#include "../db/error.h"
#include "../db/memory.h"
}
#include "view.h"

namespace
{

const char pragma[] = "{{%AUTOESCAPE context=\"HTML\"}}";
const size_t arena_size = 16 * 1024;
const size_t page_size = 32 * 1024; /* most pages fit without growing */

/* The templates of the process, frozen once they are loaded: rendering never looks at a file. */
std::unique_ptr<ctemplate::TemplateCache> templates;

/* Memory that only grows and is freed with its root view, as a talloc chunk for every value costs more than
 * the value. */
struct arena {
    char *at;
    size_t left;
};

/* A name by its length and first bytes, which tell nearly all names apart in one comparison. */
struct key {
    uint64_t start;
    size_t length;
    const char *name;

    key(const char *text, size_t size) : start(0), length(size), name(text)
    {
        memcpy(&start, text, size < sizeof start ? size : sizeof start);
    }
    bool operator==(const key &other) const
    {
        return start == other.start && length == other.length &&
               (length <= sizeof start || memcmp(name, other.name, length) == 0);
    }
    bool begins(const char *prefix, size_t size) const
    {
        return length > size && memcmp(name, prefix, size) == 0;
    }
    key after(size_t size) const
    {
        return key(name + size, length - size);
    }
};

/* One repetition of a part, or one inclusion. */
struct child {
    struct view *values;
    const char *template_file; /* NULL for a part */
    struct child *next;
};

struct entry {
    struct key name;
    const char *value; /* NULL when the name has none */
    size_t length;
    bool shown;
    struct child *first, *last;
    struct entry *next;

    entry(const struct key &key, struct entry *others)
        : name(key), value(nullptr), length(0), shown(false), first(nullptr), last(nullptr), next(others)
    {
    }
};

} // namespace

struct view : public ctemplate::TemplateDictionaryInterface {
    struct arena *memory;
    const struct view *around;
    struct entry *entries;

    view(struct arena *arena, const struct view *parent) : memory(arena), around(parent), entries(nullptr)
    {
    }
    struct entry *find(const struct key &name) const;

  protected:
    ctemplate::TemplateString GetValue(const ctemplate::TemplateString &variable) const override;
    bool IsHiddenSection(const ctemplate::TemplateString &section) const override;
    bool IsUnhiddenSection(const ctemplate::TemplateString &section) const override;
    bool IsHiddenTemplate(const ctemplate::TemplateString &name) const override;
    const char *GetIncludeTemplateName(const ctemplate::TemplateString &variable, int number) const override;
    Iterator *CreateTemplateIterator(const ctemplate::TemplateString &name) const override;
    Iterator *CreateSectionIterator(const ctemplate::TemplateString &section) const override;
    void DumpToString(std::string *out, int level) const override;

  private:
    /* Goes over one view, or over the views of some children. */
    class walk : public Iterator
    {
        const struct view *only;
        const struct child *next;

      public:
        walk(const struct view *one, const struct child *first) : only(one), next(first)
        {
        }
        /* A page makes a thousand of them: they live in the arena, and ctemplate's delete has nothing to do. */
        static void *operator new(size_t size, struct arena *arena);
        static void operator delete(void *, size_t)
        {
        }
        static void operator delete(void *, struct arena *)
        {
        }
        bool HasNext() const override
        {
            return only || next;
        }
        const TemplateDictionaryInterface &Next() override
        {
            const struct view *values = only ? only : next->values;

            if (only)
                only = nullptr;
            else
                next = next->next;
            return *values;
        }
    };
};

namespace
{

const size_t any_length = sizeof "ANY_" - 1, no_length = sizeof "NO_" - 1;

struct key key_of(const ctemplate::TemplateString &name)
{
    return key(name.data(), name.size());
}

bool entry_is_visible(const struct entry *entry)
{
    return entry && (entry->shown || entry->first || entry->length > 0);
}

/* Collects a page in talloc memory. bad_alloc passes through ctemplate, unlike the jump that memory.h would
 * make. */
class page : public ctemplate::ExpandEmitter
{
    const void *context;
    size_t size;

    char *text;
    size_t length;

  public:
    explicit page(const void *owner) : context(owner), size(page_size), text(nullptr), length(0)
    {
        text = (char *)talloc_size(context, size);
        if (!text)
            throw std::bad_alloc();
        *text = '\0';
    }
    page(const page &) = delete;
    page &operator=(const page &) = delete;
    ~page() override
    {
        talloc_free(text);
    }
    /* Hands the text over to its context. */
    char *take(size_t *count)
    {
        char *taken = text;

        *count = length;
        text = nullptr;
        return taken;
    }
    void Emit(const char *bytes, size_t count) override
    {
        if (count >= size - length)
            grow(count);
        memcpy(text + length, bytes, count);
        length += count;
        text[length] = '\0';
    }
    void Emit(char character) override
    {
        Emit(&character, 1);
    }
    void Emit(const std::string &bytes) override
    {
        Emit(bytes.data(), bytes.size());
    }
    void Emit(const char *bytes) override
    {
        Emit(bytes, strlen(bytes));
    }

  private:
    void grow(size_t count)
    {
        size_t wanted = 2 * size > length + count ? 2 * size : length + count + 1;
        char *grown = (char *)talloc_realloc_size(context, text, wanted);
        if (!grown)
            throw std::bad_alloc();
        text = grown;
        size = wanted;
    }
};

void *arena_take(struct arena *arena, size_t size)
{
    const size_t alignment = alignof(void *);

    size = (size + alignment - 1) / alignment * alignment;
    if (size > arena_size / 4)
        return memory_grow_array(arena, nullptr, 1, size, "view");
    if (size > arena->left) {
        arena->at = (char *)memory_grow_array(arena, nullptr, 1, arena_size, "view");
        arena->left = arena_size;
    }
    void *taken = arena->at;
    arena->at += size;
    arena->left -= size;
    return taken;
}

/* Makes sure of the next arena_take while ctemplate is at work, which a jump must not leave. */
void arena_reserve(struct arena *arena, size_t size)
{
    if (size + alignof(void *) <= arena->left)
        return;
    char *block = (char *)talloc_size(arena, arena_size);
    if (!block)
        throw std::bad_alloc();
    arena->at = block;
    arena->left = arena_size;
}

/* The entry of that name, made when it is not there. */
struct entry *entry_of(struct view *view, const char *name)
{
    struct key wanted(name, strlen(name));
    struct entry *found = view->find(wanted);

    if (!found)
        found = view->entries = new (arena_take(view->memory, sizeof *found)) entry(wanted, view->entries);
    return found;
}

void entry_clear(struct view *view, const char *name)
{
    struct entry *found = view->find(key(name, strlen(name)));

    if (found) {
        found->value = nullptr;
        found->length = 0;
    }
}

void entry_set(struct view *view, const char *name, const char *value, size_t length)
{
    struct entry *found = entry_of(view, name);
    char *copy = (char *)arena_take(view->memory, length + 1);

    memcpy(copy, value, length);
    found->value = copy;
    found->length = length;
}

struct view *child_add(struct view *parent, const char *name, const char *template_file)
{
    struct entry *place = entry_of(parent, name);
    struct view *values = new (arena_take(parent->memory, sizeof *values)) view(parent->memory, parent);
    struct child *added =
        new (arena_take(parent->memory, sizeof *added)) child{ values, template_file, nullptr };

    if (place->last)
        place->last->next = added;
    else
        place->first = added;
    place->last = added;
    return values;
}

/* Puts one template into the cache; what is wrong with it, or nothing. */
std::string template_load(ctemplate::TemplateCache *cache, const std::filesystem::path &path)
{
    std::ifstream file(path, std::ios::binary);
    std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());

    if (!file.is_open() || file.bad())
        return "cannot read the template '" + path.string() + "'";
    if (text.compare(0, sizeof pragma - 1, pragma) != 0)
        return "the template '" + path.string() + "' does not begin with " + pragma;
    /* Templates given as text are never looked for on the disk again. */
    if (!cache->StringToTemplateCache(path.filename().string(), text, ctemplate::STRIP_BLANK_LINES))
        return "cannot parse the template '" + path.string() + "'";
    return "";
}

std::string templates_load(const char *folder)
{
    auto cache = std::make_unique<ctemplate::TemplateCache>();
    bool found = false;

    for (const auto &file : std::filesystem::directory_iterator(folder)) {
        if (file.path().extension() != ".tpl")
            continue;
        std::string problem = template_load(cache.get(), file.path());
        if (!problem.empty())
            return problem;
        found = true;
    }
    if (!found)
        return std::string("no templates in '") + folder + "'";
    cache->Freeze();
    templates = std::move(cache);
    return "";
}

} // namespace

void *view::walk::operator new(size_t size, struct arena *arena)
{
    arena_reserve(arena, size);
    return arena_take(arena, size);
}

struct entry *view::find(const struct key &name) const
{
    for (struct entry *entry = entries; entry; entry = entry->next)
        if (entry->name == name)
            return entry;
    return nullptr;
}

ctemplate::TemplateString view::GetValue(const ctemplate::TemplateString &variable) const
{
    const struct key name = key_of(variable);

    for (const struct view *near = this; near; near = near->around) {
        const struct entry *entry = near->find(name);
        if (entry && entry->value)
            return ctemplate::TemplateString(entry->value, entry->length);
    }
    return ctemplate::TemplateString("", 0);
}

bool view::IsUnhiddenSection(const ctemplate::TemplateString &section) const
{
    const struct key name = key_of(section);

    if (name.begins("ANY_", any_length))
        return entry_is_visible(find(name.after(any_length)));
    if (name.begins("NO_", no_length))
        return !entry_is_visible(find(name.after(no_length)));
    return entry_is_visible(find(name));
}

bool view::IsHiddenSection(const ctemplate::TemplateString &section) const
{
    return !IsUnhiddenSection(section);
}

/* Repetitions come first; a part that was included, or merely shown, is expanded once over this view. */
view::Iterator *view::CreateSectionIterator(const ctemplate::TemplateString &section) const
{
    const struct entry *entry = find(key_of(section));

    if (entry && entry->first && !entry->first->template_file)
        return new (memory) walk(nullptr, entry->first);
    return new (memory) walk(this, nullptr);
}

bool view::IsHiddenTemplate(const ctemplate::TemplateString &name) const
{
    const struct entry *entry = find(key_of(name));

    return !entry || !entry->first || !entry->first->template_file;
}

const char *view::GetIncludeTemplateName(const ctemplate::TemplateString &variable, int number) const
{
    const struct entry *entry = find(key_of(variable));
    const struct child *child = entry ? entry->first : nullptr;

    while (child && number-- > 0)
        child = child->next;
    return child ? child->template_file : nullptr;
}

view::Iterator *view::CreateTemplateIterator(const ctemplate::TemplateString &name) const
{
    const struct entry *entry = find(key_of(name));

    return new (memory) walk(nullptr, entry ? entry->first : nullptr);
}

/* For ctemplate's debugging aids: the names that this view has. */
void view::DumpToString(std::string *out, int level) const
{
    for (const struct entry *entry = entries; entry; entry = entry->next) {
        out->append((size_t)level, ' ');
        out->append(entry->name.name, entry->name.length);
        out->append("\n");
    }
}

struct error *view_open(const void *context, const char *folder)
{
    char *problem = nullptr;

    try {
        std::string text = templates_load(folder);
        if (text.empty())
            return nullptr;
        problem = talloc_strdup(context, text.c_str());
    } catch (const std::exception &exception) {
        problem = talloc_strdup(context, exception.what());
    } catch (...) {
    }
    return error_new(context, ERROR_FAILED, "%s", problem ? problem : "cannot load the templates");
}

struct view *view_new(const void *context)
{
    void *place = memory_new(context, sizeof(struct view), "struct view");

    return new (place) struct view(NEW(place, struct arena), nullptr);
}

void view_set(struct view *view, const char *name, const char *value)
{
    if (value)
        entry_set(view, name, value, strlen(value));
    else
        entry_clear(view, name);
}

void view_set_number(struct view *view, const char *name, long long value)
{
    char digits[24];

    entry_set(view, name, digits, (size_t)snprintf(digits, sizeof digits, "%lld", value));
}

struct view *view_add(struct view *view, const char *part)
{
    return child_add(view, part, nullptr);
}

void view_show(struct view *view, const char *part)
{
    entry_of(view, part)->shown = true;
}

void view_show_if(struct view *view, const char *part, bool condition)
{
    if (condition)
        view_show(view, part);
}

struct view *view_include(struct view *view, const char *name, const char *template_file)
{
    return child_add(view, name, template_file);
}

struct error *view_render(const void *context, struct view *view, const char *template_file, char **text,
                          size_t *length)
{
    try {
        page output(context);
        if (templates &&
            templates->ExpandNoLoad(template_file, ctemplate::STRIP_BLANK_LINES, view, nullptr, &output)) {
            *text = output.take(length);
            return nullptr;
        }
    } catch (...) {
    }
    return error_new(context, ERROR_FAILED, "cannot render the template '%s'", template_file);
}
