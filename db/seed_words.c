/* Made-up text: readable words with a number. */
#include "seed_words.h"

#include <ctype.h>
#include <regex.h>
#include <stdio.h>
#include <string.h>
#include "memory.h"

/* 64 of them, all letters, so that the choice is six bits and any pattern for words takes them. */
static const char *const words[] = {
    "alder",  "amber",   "anchor",  "aspen",  "atlas",   "beacon",  "birch",  "breeze",  "bridge", "canyon",
    "cedar",  "cobalt",  "comet",   "copper", "coral",   "crane",   "delta",  "dune",    "ember",  "falcon",
    "fern",   "fjord",   "forest",  "garnet", "glacier", "granite", "harbor", "hazel",   "heron",  "indigo",
    "island", "jasper",  "juniper", "lagoon", "larch",   "lantern", "lichen", "linden",  "lotus",  "maple",
    "marble", "meadow",  "mesa",    "nimbus", "oasis",   "olive",   "opal",   "orchid",  "osprey", "pebble",
    "pine",   "prairie", "quartz",  "raven",  "reef",    "ridge",   "river",  "saffron", "sierra", "spruce",
    "summit", "thistle", "tundra",  "willow",
};

_Static_assert(sizeof words / sizeof *words == 64, "six bits choose a word");

const char *seed_word(uint64_t chance)
{
    return words[chance & 63];
}

/* Ways of writing: w word, W with a capital, n the number, 1 to 9 that many digits of it, U capital letters. */
static const char *const forms[] = {
    "W w n", "W w", "w-n", "w_n", "wn", "W n", "Wn", "W", "w", "n",    "w-w-n", "UU-n", "U-n", "Un",
    "9",     "8",   "7",   "6",   "5",  "4",   "3",  "2", "1", "UUUU", "UUU",   "UU",   "U",   "W W",
};

static bool has_number(const char *form)
{
    return strchr(form, 'n') != NULL;
}

static void add_capital(struct text *out, const char *word)
{
    text_add_char(out, (char)toupper((unsigned char)*word));
    text_add(out, word + 1);
}

/* At most 9 digits of a number: what is left out makes rows alike, which is why such a form is checked. */
static void add_some_digits(struct text *out, uint64_t number, int digits)
{
    char text[24];

    snprintf(text, sizeof text, "%09llu", (unsigned long long)(number % 1000000000u));
    text_add_bytes(out, text + 9 - digits, (size_t)digits);
}

static void add_form(struct text *out, const char *form, uint64_t number, uint64_t chance)
{
    for (; *form; form++, chance >>= 6) {
        if (*form == 'w')
            text_add(out, seed_word(chance));
        else if (*form == 'W')
            add_capital(out, seed_word(chance));
        else if (*form == 'n')
            text_addf(out, "%llu", (unsigned long long)number);
        else if (*form == 'U')
            text_add_char(out, (char)('A' + (chance & 63) % 26));
        else if (isdigit((unsigned char)*form))
            add_some_digits(out, number, *form - '0');
        else
            text_add_char(out, *form);
    }
}

static bool fits(const struct field *field, const regex_t *pattern, const char *form, uint64_t number)
{
    struct text *text = text_new(NULL);
    bool good = true;

    for (uint64_t word = 0; good && word < sizeof words / sizeof *words; word++) {
        text->length = 0;
        add_form(text, form, number, word * 0x0041041041041041u); /* the same word at every place */
        good = (!field->max_length || text->length <= (size_t)field->max_length) &&
               text->length >= (size_t)field->min_length &&
               (!pattern || regexec(pattern, text->data, 0, NULL, 0) == 0);
    }
    talloc_free(text);
    return good;
}

static bool tells_apart(const char *form, uint64_t last)
{
    uint64_t most = 1;

    if (has_number(form))
        return true;
    if (!isdigit((unsigned char)*form))
        return false;
    for (int i = *form - '0'; i > 0; i--)
        most *= 10;
    return last < most;
}

int seed_words_choose(const struct field *field, uint64_t first, uint64_t last)
{
    bool apart = field->unique || field == field->model->title_field || field == field->model->primary_key;
    regex_t compiled, *pattern = NULL;
    int chosen = -1;

    /* A name that is only unique together with others is written so that it needs no luck. */
    for (size_t i = 0; i < field->model->constraint_count; i++)
        for (const char *const *name = field->model->constraints[i].fields; name && *name; name++)
            apart |=
                field->model->constraints[i].kind == CONSTRAINT_UNIQUE && strcmp(*name, field->name) == 0;
    if (field->pattern && regcomp(&compiled, field->pattern, REG_EXTENDED | REG_NOSUB) == 0)
        pattern = &compiled;
    for (size_t i = apart ? 0 : 1; chosen < 0 && i < sizeof forms / sizeof *forms; i++)
        if ((!apart || tells_apart(forms[i], last)) && fits(field, pattern, forms[i], first) &&
            fits(field, pattern, forms[i], last))
            chosen = (int)i;
    if (pattern)
        regfree(pattern);
    return chosen;
}

static void add_sentences(struct text *out, const struct field *field, uint64_t chance)
{
    size_t start = out->length, most = field->max_length > 0 ? (size_t)field->max_length : 400;
    size_t least = field->min_length > 0 ? (size_t)field->min_length : 40;

    for (unsigned turn = 0; out->length - start < least; turn++) {
        if (turn > 0)
            text_add_char(out, ' ');
        add_form(out, "W ", turn, chance >> turn);
        text_add(out, turn % 2 ? "comes before " : "goes together with ");
        add_form(out, "w.", turn, chance >> (turn + 6));
    }
    if (out->length - start > most) {
        out->length = start + most;
        out->data[out->length] = '\0';
    }
}

void seed_words_form(struct text *out, const struct field *field, int form, uint64_t number, uint64_t chance)
{
    if (field->type == FIELD_EMAIL)
        add_form(out, "w.wn", number, chance);
    if (field->type == FIELD_EMAIL)
        text_add(out, "@example.org");
    else if (field->type == FIELD_TEXT)
        add_form(out, forms[form], number, chance);
    else
        add_sentences(out, field, chance);
}
