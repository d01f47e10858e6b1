/* Multipart bodies: the same form however the bytes arrive, files on disk, and every malformed one refused.
 */
#include <dirent.h>
#include <sodium.h>
#include <unistd.h>
#include "../../cgi/form.h"
#include "../../db/text.h"
#include "unit.h"

#define TYPE "multipart/form-data; boundary=XyZ"
#define DISPOSITION "Content-Disposition: form-data; "
#define FIELD(parameters, value) "--XyZ\r\n" DISPOSITION parameters "\r\n\r\n" value "\r\n"
#define END "--XyZ--\r\n"

static const struct form_limits limits = {
    .body = 1 << 20, .fields = 20, .name = 16, .value = 1000, .values = 2500, .files = 8, .temporary = "/tmp"
};

/* A body that arrives in pieces: as much as is asked for up to first, then up to step at a time. */
struct pieces {
    const char *bytes;
    size_t length, at, first, step;
    size_t breaks_at; /* where the client goes away; 0 means it does not */
};

static ssize_t read_piece(void *source, void *buffer, size_t size)
{
    struct pieces *pieces = source;
    size_t most = pieces->at < pieces->first ? pieces->first - pieces->at : pieces->step;
    size_t left = pieces->length - pieces->at;

    ck_assert_uint_gt(size, 0);
    if (pieces->breaks_at && pieces->at >= pieces->breaks_at)
        return -1;
    if (size > most)
        size = most;
    if (size > left)
        size = left;
    memcpy(buffer, pieces->bytes + pieces->at, size);
    pieces->at += size;
    return (ssize_t)size;
}

static struct error *parse_bytes(const char *type, const char *bytes, size_t length, struct form **form)
{
    struct pieces pieces = { .bytes = bytes, .length = length, .step = length + 1 };

    return form_parse_multipart(context, type, read_piece, &pieces, &limits, form);
}

static struct error *parse(const char *body, struct form **form)
{
    return parse_bytes(TYPE, body, strlen(body), form);
}

static const char *content(const struct form_file *file)
{
    char *bytes = NEW_ARRAY(context, char, file->size + 1);

    ck_assert_int_eq(pread(file->descriptor, bytes, file->size + 1, 0), (ssize_t)file->size);
    return bytes;
}

static const char *describe(const struct form *form)
{
    struct text *text = text_new(context);

    for (size_t i = 0; i < form->value_count; i++) {
        ck_assert_uint_eq(form->values[i].length, strlen(form->values[i].value));
        text_addf(text, "%s=%s|", form->values[i].name, form->values[i].value);
    }
    for (size_t i = 0; i < form->file_count; i++) {
        const struct form_file *file = &form->files[i];

        text_addf(text, "%s:%s:%s:%zu|", file->name, file->file_name, file->content_type, file->size);
    }
    return text->data;
}

static const struct {
    const char *body, *meaning;
} bodies[] = {
    { END, "" },
    { "--XyZ--", "" },
    { FIELD("name=\"a\"", "1") END, "a=1|" },
    { FIELD("name=\"a\"", "1") FIELD("name=\"b\"", "2") END, "a=1|b=2|" },
    { FIELD("name=a", "1") END, "a=1|" },
    { FIELD("name=\"a\"", "") END, "a=|" },
    { FIELD("name=\"a\"", "\r\n") END, "a=\n|" },
    { FIELD("name=\"a\"", "x\r\ny\nz") END, "a=x\ny\nz|" },
    { FIELD("name=\"a\"", "\r\n--XyY\r\n-\r\n--Xy") END, "a=\n--XyY\n-\n--Xy|" },
    { FIELD("name=\"a\"", "--XyZ") END, "a=--XyZ|" },
    { FIELD("name=\"s[]\"", "1") FIELD("name=\"s[]\"", "2") END, "s[]=1|s[]=2|" },
    { FIELD("name=\"a+%41\"", "+%41") END, "a+%41=+%41|" },
    { FIELD("name=\"say \\\"x\\\"\"", "1") END, "say \"x\"=1|" },
    { FIELD("name=\"\xc3\xa4\"", "\xc3\xb6") END, "\xc3\xa4=\xc3\xb6|" },
    { "a preamble\r\n" FIELD("name=\"a\"", "1") END, "a=1|" },
    { "\r\n" FIELD("name=\"a\"", "1") END, "a=1|" },
    { FIELD("name=\"a\"", "1") END "an epilogue\r\n--XyZ\r\nmore", "a=1|" },
    { "--XyZ \t \r\n" DISPOSITION "name=\"a\"\r\n\r\n1\r\n" END, "a=1|" },
    { "--XyZ\r\ncontent-disposition:FORM-DATA;NAME=\"a\"\r\n\r\n1\r\n" END, "a=1|" },
    { "--XyZ\r\nX-Other: 1\r\n" DISPOSITION " ; name=\"a\" ;\r\nContent-Type: text/plain\r\n\r\n1\r\n" END,
      "a=1|" },
    { "--XyZ\r\n" DISPOSITION "name=a\r\nContent-Transfer-Encoding: 8bit\r\n\r\n1\r\n" END, "a=1|" },
    { FIELD("name=\"f\"; filename=\"a.txt\"", "bytes") END, "f:a.txt:application/octet-stream:5|" },
    { FIELD("name=\"f\"; filename=\"\"", "") END, "f::application/octet-stream:0|" },
    { FIELD("name=\"f\"; filename=\"empty\"", "") END, "f:empty:application/octet-stream:0|" },
    { FIELD("filename=\"a\"; name=\"f\"\r\nContent-Type: Text/HTML; charset=x", "b") END,
      "f:a:text/html:1|" },
    { FIELD("name=\"f\"; filename=\"a\"\r\nContent-Type: nonsense", "b") END,
      "f:a:application/octet-stream:1|" },
    { FIELD("name=\"f\"; filename=\"a\"\r\nContent-Type: a/b/c", "b") END,
      "f:a:application/octet-stream:1|" },
    { FIELD("name=\"f\"; filename=\"a\"\r\nContent-Type: a/", "b") END, "f:a:application/octet-stream:1|" },
    { FIELD("name=\"f\"; filename=\"../../etc/passwd\"", "") END, "f:passwd:application/octet-stream:0|" },
    { FIELD("name=\"f\"; filename=\"C:\\Users\\a.txt\"", "") END, "f:a.txt:application/octet-stream:0|" },
    { FIELD("name=\"f\"; filename=\"C:\\\\a.txt\"", "") END, "f:a.txt:application/octet-stream:0|" },
    { FIELD("name=\"f\"; filename=\"folder/\"", "") END, "f::application/octet-stream:0|" },
    { FIELD("name=\"f\"; filename=\"a %22b%22.txt\"", "") END, "f:a \"b\".txt:application/octet-stream:0|" },
    { FIELD("name=\"f\"; filename=\"a \\\"b\\\".txt\"", "") END,
      "f:a \"b\".txt:application/octet-stream:0|" },
    { FIELD("name=\"f\"; filename=\"100%.txt\"", "") END, "f:100%.txt:application/octet-stream:0|" },
    { FIELD("name=f; filename*=UTF-8''na%C3%AFve.txt", "") END,
      "f:na\xc3\xafve.txt:application/octet-stream:0|" },
    { FIELD("name=f; filename*=utf-8'de'x; filename=y", "") END, "f:x:application/octet-stream:0|" },
    { FIELD("name=f; filename=y; filename*=utf-8'de'a%2Fx", "") END, "f:x:application/octet-stream:0|" },
    { FIELD("name=\"f\"; filename=\"a\"", "1") FIELD("name=\"b\"", "2")
          FIELD("name=\"g\"; filename=\"c\"", "345") END,
      "b=2|f:a:application/octet-stream:1|g:c:application/octet-stream:3|" },
};

START_TEST(body_is_read)
{
    struct form *form;

    ck_assert_done(parse(bodies[_i].body, &form));
    ck_assert_str_eq(describe(form), bodies[_i].meaning);
}
END_TEST

/* Wherever the bytes are cut, and byte by byte, the form is the same. */
START_TEST(cuts_change_nothing)
{
    const char *body = bodies[_i].body;
    size_t length = strlen(body);

    for (size_t cut = 0; cut <= length; cut++) {
        struct pieces pieces = { .bytes = body, .length = length, .first = cut, .step = cut ? length : 1 };
        struct form *form;

        ck_assert_done(form_parse_multipart(context, TYPE, read_piece, &pieces, &limits, &form));
        ck_assert_str_eq(describe(form), bodies[_i].meaning);
        ck_assert_uint_eq(pieces.at, length);
        talloc_free(form);
    }
}
END_TEST

static const struct {
    const char *body, *words;
} malformed[] = {
    { "", "ends before its last boundary" },
    { "--Xy", "ends before its last boundary" },
    { "--XyZ", "ends before its last boundary" },
    { "--XyZ-", "ends before its last boundary" },
    { "--XyZ\r\n", "ends before its last boundary" },
    { "no boundary at all", "ends before its last boundary" },
    { "x--XyZ--\r\n", "ends before its last boundary" },
    { FIELD("name=\"a\"", "1"), "ends before its last boundary" },
    { FIELD("name=\"a\"", "1") "--XyZ\r\n" DISPOSITION "name=b", "ends before its last boundary" },
    { FIELD("name=\"a\"", "1\n--XyZ--"), "ends before its last boundary" },
    { "--XyZ--XyZ", NULL }, /* "--" behind a boundary ends everything */
    { "--XyZa\r\n", "follows a boundary" },
    { "--XyZ\n" DISPOSITION "name=a\n\n1\n--XyZ--\n", "follows a boundary" },
    { "--XyZ\r\n\r\n1\r\n" END, "has no headers" },
    { "--XyZ\r\nContent-Type: a/b\r\n\r\n1\r\n" END, "no Content-Disposition" },
    { "--XyZ\r\n" DISPOSITION "name=a\n\r\n\r\n1\r\n" END, "does not end in CRLF" },
    { "--XyZ\r\n" DISPOSITION "name=a\r\r\n\r\n1\r\n" END, "does not end in CRLF" },
    { "--XyZ\r\n" DISPOSITION "name=a\nX: y\r\n\r\n1\r\n" END, "does not end in CRLF" },
    { "--XyZ\r\n" DISPOSITION "name=a;\r\n filename=x\r\n\r\n1\r\n" END, "goes on in a second line" },
    { "--XyZ\r\n" DISPOSITION "name=a\r\nno colon\r\n\r\n1\r\n" END, "has no colon" },
    { "--XyZ\r\n" DISPOSITION "name=a\r\n: x\r\n\r\n1\r\n" END, "header's name" },
    { "--XyZ\r\n" DISPOSITION "name=a\r\nA B: x\r\n\r\n1\r\n" END, "header's name" },
    { "--XyZ\r\n" DISPOSITION "name=a\r\nX: \x01\r\n\r\n1\r\n" END, "control characters" },
    { "--XyZ\r\n" DISPOSITION "name=a\r\nX: \xff\r\n\r\n1\r\n" END, "not UTF-8" },
    { "--XyZ\r\nContent-Disposition: attachment; name=a\r\n\r\n1\r\n" END, "not form-data" },
    { "--XyZ\r\nContent-Disposition: form-database; name=a\r\n\r\n1\r\n" END, "not form-data" },
    { "--XyZ\r\nContent-Disposition: form-data name=a\r\n\r\n1\r\n" END, "cannot be read" },
    { "--XyZ\r\n" DISPOSITION "name=a\r\n" DISPOSITION "name=b\r\n\r\n1\r\n" END, "two Content-Disposition" },
    { "--XyZ\r\n" DISPOSITION "name=a\r\nContent-Transfer-Encoding: base64\r\n\r\nMQ==\r\n" END,
      "no longer use" },
    { FIELD("filename=x", "1") END, "has no name" },
    { FIELD("name", "1") END, "cannot be read" },
    { FIELD("name=", "1") END, "cannot be read" },
    { FIELD("name=\"a", "1") END, "cannot be read" },
    { FIELD("name=\"a\\\"", "1") END, "cannot be read" },
    { FIELD("name=\"a\"b", "1") END, "cannot be read" },
    { FIELD("name=a b", "1") END, "cannot be read" },
    { FIELD("=a; name=b", "1") END, "cannot be read" },
    { FIELD("name=a; name=b", "1") END, "two names" },
    { FIELD("name=\"\"", "1") END, "has no name" },
    { FIELD("name=\"a\tb\"", "1") END, "field's name" },
    { FIELD("name=\"a\"", "1") FIELD("name=\"a\"", "2") END, "'a' came more than once" },
    { FIELD("name=\"a\"", "1") FIELD("name=\"a\"; filename=x", "2") END, "'a' came more than once" },
    { FIELD("name=\"a\"; filename=x", "1") FIELD("name=\"a\"; filename=x", "2") END,
      "'a' came more than once" },
    { FIELD("name=\"a\"", "\x01") END, "value of 'a'" },
    { FIELD("name=\"a\"", "\xff") END, "value of 'a'" },
    { FIELD("name=\"a\"", "\xc3") END, "value of 'a'" },
    { FIELD("name=f; filename=\"a\tb\"", "") END, "file's name" },
    { FIELD("name=f; filename=\"..\"", "") END, "folder's" },
    { FIELD("name=f; filename=\"a/.\"", "") END, "folder's" },
    { FIELD("name=f; filename*=latin1''x", "") END, "another encoding" },
    { FIELD("name=f; filename*=utf-8'x", "") END, "another encoding" },
    { FIELD("name=f; filename*=utf-8''%4", "") END, "encoded wrongly" },
    { FIELD("name=f; filename*=utf-8''a%00b", "") END, "encoded wrongly" },
    { FIELD("name=f; filename*=utf-8''a%0Ab", "") END, "file's name" },
    { FIELD("name=f; filename*=utf-8''%FF", "") END, "file's name" },
};

START_TEST(malformed_body_is_refused)
{
    struct form *form;

    if (malformed[_i].words)
        ck_assert_refused(parse(malformed[_i].body, &form), ERROR_BAD_REQUEST, malformed[_i].words);
    else
        ck_assert_done(parse(malformed[_i].body, &form));
}
END_TEST

START_TEST(malformed_body_is_refused_byte_by_byte)
{
    const char *body = malformed[_i].body;
    struct pieces pieces = { .bytes = body, .length = strlen(body), .step = 1 };
    struct form *form;

    if (malformed[_i].words)
        ck_assert_refused(form_parse_multipart(context, TYPE, read_piece, &pieces, &limits, &form),
                          ERROR_BAD_REQUEST, malformed[_i].words);
}
END_TEST

START_TEST(nul_is_refused_in_headers_and_values)
{
    static const char header[] = "--XyZ\r\n" DISPOSITION "name=\"a\0b\"\r\n\r\n1\r\n" END;
    static const char value[] = FIELD("name=\"a\"", "admin\0evil") END;
    struct form *form;

    ck_assert_refused(parse_bytes(TYPE, header, sizeof(header) - 1, &form), ERROR_BAD_REQUEST, "header");
    ck_assert_refused(parse_bytes(TYPE, value, sizeof(value) - 1, &form), ERROR_BAD_REQUEST, "value of 'a'");
}
END_TEST

static const struct {
    const char *type, *boundary; /* NULL when it must be refused */
} types[] = {
    { "multipart/form-data; boundary=XyZ", "XyZ" },
    { "Multipart/Form-Data;BOUNDARY=XyZ", "XyZ" },
    { "multipart/form-data; charset=utf-8; boundary=\"XyZ\"", "XyZ" },
    { "multipart/form-data; boundary=\"a b'()+_,-./:=?c\"", "a b'()+_,-./:=?c" },
    { "multipart/form-data; boundary=0123456789012345678901234567890123456789012345678901234567890123456789",
      "0123456789012345678901234567890123456789012345678901234567890123456789" },
    { "multipart/form-data; boundary=01234567890123456789012345678901234567890123456789012345678901234567890",
      NULL },
    { "multipart/form-data", NULL },
    { "multipart/form-data; boundary=", NULL },
    { "multipart/form-data; boundary=\"\"", NULL },
    { "multipart/form-data; boundary=\"a ", NULL },
    { "multipart/form-data; boundary=\"a \"", NULL },
    { "multipart/form-data; boundary=a*b", NULL },
    { "multipart/form-data; boundary=\"a\xc3\xa4\"", NULL },
    { "multipart/form-data; border=XyZ", NULL },
    { "multipart/form-data boundary=XyZ", NULL },
    { "multipart/form-data-x; boundary=XyZ", NULL },
    { "multipart/mixed; boundary=XyZ", NULL },
};

START_TEST(boundary_is_taken_from_the_type)
{
    const char *boundary = types[_i].boundary ? types[_i].boundary : "XyZ";
    char *body =
        memory_printf(context, "--%s\r\n" DISPOSITION "name=a\r\n\r\n1\r\n--%s--\r\n", boundary, boundary);
    struct error *failed;
    struct form *form;

    failed = parse_bytes(types[_i].type, body, strlen(body), &form);
    if (types[_i].boundary) {
        ck_assert_done(failed);
        ck_assert_str_eq(form_get(form, "a"), "1");
    } else {
        ck_assert_refused(failed, ERROR_BAD_REQUEST, "malformed");
    }
}
END_TEST

/* Bytes that are no text, with what could be taken for boundaries. No "Z" by chance, which could make a real
 * one. */
static struct text *awkward_bytes(size_t length)
{
    static const char decoys[] = "\r\n--XyY\r\n--Xy\r--XyZ\n--XyZ\r\n-";
    struct text *text = text_new(context);
    unsigned random = 1;

    while (text->length < length) {
        random = random * 1103515245 + 12345;
        if (random >> 24 < 32)
            text_add_bytes(text, decoys, (random >> 16) % sizeof(decoys));
        else
            text_add_char(text, (unsigned char)(random >> 16) == 'Z' ? 'z' : (char)(random >> 16));
    }
    return text;
}

static const size_t sizes[] = { 1, 2, 65525, 65530, 65535, 65536, 65537, 65540, 131072, 700001 };

START_TEST(file_arrives_whole_with_its_digest)
{
    struct text *bytes = awkward_bytes(sizes[_i]), *body = text_new(context);
    unsigned char digest[crypto_hash_sha256_BYTES];
    const struct form_file *file;
    struct form *form;
    char hexadecimal[65];

    text_add(body, FIELD("name=\"before\"", "1") "--XyZ\r\n" DISPOSITION "name=f; filename=x\r\n\r\n");
    text_add_bytes(body, bytes->data, bytes->length);
    text_add(body, "\r\n" FIELD("name=\"after\"", "2") END);
    ck_assert_done(parse_bytes(TYPE, body->data, body->length, &form));
    file = form_get_file(form, "f");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(file->size, bytes->length);
    ck_assert_mem_eq(content(file), bytes->data, bytes->length);
    crypto_hash_sha256(digest, (const unsigned char *)bytes->data, bytes->length);
    ck_assert_str_eq(file->sha256, sodium_bin2hex(hexadecimal, sizeof(hexadecimal), digest, sizeof(digest)));
    ck_assert_str_eq(form_get(form, "before"), "1");
    ck_assert_str_eq(form_get(form, "after"), "2");
    ck_assert_ptr_null(form_get(form, "f"));
}
END_TEST

START_TEST(empty_file_is_a_file_unless_nothing_was_chosen)
{
    static const char of_nothing[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    struct form *form;

    ck_assert_done(parse(FIELD("name=a; filename=x", "") FIELD("name=b; filename=\"\"", "") END, &form));
    ck_assert_int_ge(form_get_file(form, "a")->descriptor, 0);
    ck_assert_str_eq(form_get_file(form, "a")->sha256, of_nothing);
    ck_assert_int_eq(form_get_file(form, "b")->descriptor, -1);
}
END_TEST

static int open_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    int count = 0;

    ck_assert_ptr_nonnull(folder);
    while (readdir(folder))
        count++;
    closedir(folder);
    return count;
}

START_TEST(files_are_closed_with_the_form)
{
    int before = open_descriptors();
    struct form *form;

    ck_assert_done(parse(FIELD("name=a; filename=x", "1") FIELD("name=b; filename=y", "2") END, &form));
    ck_assert_int_eq(open_descriptors(), before + 2);
    talloc_free(form);
    ck_assert_int_eq(open_descriptors(), before);
    ck_assert_refused(parse(FIELD("name=a; filename=x", "1") FIELD("name=b; filename=y", "2"), &form),
                      ERROR_BAD_REQUEST, "ends before");
    ck_assert_int_eq(open_descriptors(), before);
}
END_TEST

START_TEST(temporary_folder_is_made_and_stays_empty)
{
    char *parent = memory_copy(context, "/tmp/test_multipart.XXXXXX"), *folder;
    static const char body[] = FIELD("name=a; filename=x", "1") END;
    struct pieces pieces = { .bytes = body, .length = sizeof(body) - 1, .step = sizeof(body) };
    struct form_limits elsewhere = limits;
    struct form *form;

    ck_assert_ptr_nonnull(mkdtemp(parent));
    elsewhere.temporary = folder = memory_printf(context, "%s/tmp", parent);
    ck_assert_done(form_parse_multipart(context, TYPE, read_piece, &pieces, &elsewhere, &form));
    ck_assert_str_eq(content(form_get_file(form, "a")), "1");
    ck_assert_int_eq(rmdir(folder), 0); /* which works only on an empty one */
    ck_assert_int_eq(rmdir(parent), 0);
    pieces.at = 0;
    ck_assert_refused(form_parse_multipart(context, TYPE, read_piece, &pieces, &elsewhere, &form),
                      ERROR_FAILED, "No such file");
}
END_TEST

START_TEST(full_disk_is_an_error)
{
    static const char body[] = FIELD("name=a; filename=x", "1") END;
    struct pieces pieces = { .bytes = body, .length = sizeof(body) - 1, .step = sizeof(body) };
    struct form_limits nowhere = limits;
    struct form *form;

    nowhere.temporary = "/proc/self";
    ck_assert_refused(form_parse_multipart(context, TYPE, read_piece, &pieces, &nowhere, &form), ERROR_FAILED,
                      "cannot keep an uploaded file");
}
END_TEST

START_TEST(client_that_goes_away_is_refused)
{
    static const char body[] = FIELD("name=a; filename=x", "0123456789") END;

    for (size_t cut = 1; cut < sizeof(body) - 1; cut++) {
        struct pieces pieces = { .bytes = body, .length = sizeof(body) - 1, .step = 1, .breaks_at = cut };
        struct form *form;

        ck_assert_refused(form_parse_multipart(context, TYPE, read_piece, &pieces, &limits, &form),
                          ERROR_BAD_REQUEST, "broke off");
    }
}
END_TEST

static char *repeat(const char *piece, size_t times)
{
    struct text *text = text_new(context);

    while (times-- > 0)
        text_add(text, piece);
    return text->data;
}

START_TEST(limits_are_kept)
{
    char *field = FIELD("name=\"s[]\"", "1"), *most = repeat("x", limits.value),
         *name = repeat("n", limits.name);
    struct form *form;

    ck_assert_done(parse(memory_printf(context, "%s" END, repeat(field, limits.fields)), &form));
    ck_assert_refused(parse(memory_printf(context, "%s" END, repeat(field, limits.fields + 1)), &form),
                      ERROR_TOO_LARGE, "more than 20 fields");
    ck_assert_done(parse(memory_printf(context, FIELD("name=a", "%s") END, most), &form));
    ck_assert_refused(parse(memory_printf(context, FIELD("name=a", "%sx") END, most), &form), ERROR_TOO_LARGE,
                      "'a' is longer than 1000 bytes");
    ck_assert_done(parse(memory_printf(context, FIELD("name=%s", "1") END, name), &form));
    ck_assert_refused(parse(memory_printf(context, FIELD("name=%sn", "1") END, name), &form), ERROR_TOO_LARGE,
                      "longer than 16 bytes");
    ck_assert_refused(
        parse(memory_printf(context, FIELD("name=a", "%s") FIELD("name=b", "%s") FIELD("name=c", "%s") END,
                            most, most, most),
              &form),
        ERROR_TOO_LARGE, "longer than 2500 bytes");
}
END_TEST

START_TEST(file_counts_as_a_field)
{
    char *file = FIELD("name=\"s[]\"; filename=\"\"", "");
    struct form *form;

    ck_assert_done(parse(memory_printf(context, "%s" END, repeat(file, limits.fields)), &form));
    ck_assert_refused(parse(memory_printf(context, "%s" END, repeat(file, limits.fields + 1)), &form),
                      ERROR_TOO_LARGE, "more than 20 fields");
}
END_TEST

/* Each holds a descriptor, and a worker has only so many. */
START_TEST(files_are_limited)
{
    char *file = FIELD("name=\"f[]\"; filename=x", "1"), *empty = FIELD("name=\"f[]\"; filename=x", ""),
         *none = FIELD("name=\"f[]\"; filename=\"\"", "");
    struct form *form;

    ck_assert_done(parse(memory_printf(context, "%s%s" END, repeat(file, limits.files), repeat(none, 9)), &form));
    ck_assert_refused(parse(memory_printf(context, "%s" END, repeat(file, limits.files + 1)), &form), ERROR_TOO_LARGE,
                      "more than 8 files");
    ck_assert_refused(parse(memory_printf(context, "%s" END, repeat(empty, limits.files + 1)), &form), ERROR_TOO_LARGE,
                      "more than 8 files");
}
END_TEST

START_TEST(headers_and_file_names_are_limited)
{
    char *long_header = repeat("h", 9000), *long_name = repeat("f", 255);
    struct form *form;

    ck_assert_refused(parse(memory_printf(context, FIELD("name=a\r\nX: %s", "1") END, long_header), &form),
                      ERROR_TOO_LARGE, "headers are longer");
    ck_assert_refused(parse(memory_printf(context, "--XyZ\r\nX: %s", repeat("h", 200000)), &form),
                      ERROR_TOO_LARGE, "headers are longer");
    ck_assert_done(parse(memory_printf(context, FIELD("name=a; filename=%s", "") END, long_name), &form));
    ck_assert_refused(parse(memory_printf(context, FIELD("name=a; filename=%sx", "") END, long_name), &form),
                      ERROR_TOO_LARGE, "file's name is longer");
}
END_TEST

/* Everything that is sent counts: preamble, files and what follows the end. */
START_TEST(body_limit_counts_bytes)
{
    static const char *const bodies_without_end[] = {
        "%s",
        FIELD("name=f; filename=x", "%s"),
        END "%s",
    };
    struct form_limits small = limits;
    char *body = memory_printf(context, FIELD("name=f; filename=x", "%s") END, repeat("x", 5000));
    struct pieces pieces = { .bytes = body, .length = strlen(body), .step = 100 };
    struct form *form;

    small.body = pieces.length;
    ck_assert_done(form_parse_multipart(context, TYPE, read_piece, &pieces, &small, &form));
    for (size_t i = 0; i < LENGTH(bodies_without_end); i++) {
        struct text *text = text_new(context);

        text_add_bytes(text, bodies_without_end[i], strcspn(bodies_without_end[i], "%"));
        text_add(text, repeat("x", 6000));
        pieces = (struct pieces){ .bytes = text->data, .length = text->length, .step = 100 };
        ck_assert_refused(form_parse_multipart(context, TYPE, read_piece, &pieces, &small, &form),
                          ERROR_TOO_LARGE, "form is larger than");
        ck_assert_uint_le(pieces.at, small.body + 100);
    }
}
END_TEST

/* However large a file is, no more than a buffer of it is in memory. */
START_TEST(memory_stays_bounded)
{
    struct form_limits wide = limits;
    char *body =
        memory_printf(context, FIELD("name=f; filename=x", "%s") END, repeat("0123456789abcdef", 1 << 20));
    struct pieces pieces = { .bytes = body, .length = strlen(body), .step = 50000 };
    size_t before = talloc_total_size(context);
    struct form *form;

    wide.body = pieces.length;
    ck_assert_done(form_parse_multipart(context, TYPE, read_piece, &pieces, &wide, &form));
    ck_assert_uint_eq(form_get_file(form, "f")->size, (size_t)16 << 20);
    ck_assert_uint_lt(talloc_total_size(context) - before, 8192);
}
END_TEST

UNIT_MAIN("multipart", { body_is_read, LENGTH(bodies) }, { cuts_change_nothing, LENGTH(bodies) },
          { malformed_body_is_refused, LENGTH(malformed) },
          { malformed_body_is_refused_byte_by_byte, LENGTH(malformed) },
          { nul_is_refused_in_headers_and_values, 0 }, { boundary_is_taken_from_the_type, LENGTH(types) },
          { file_arrives_whole_with_its_digest, LENGTH(sizes) },
          { empty_file_is_a_file_unless_nothing_was_chosen, 0 }, { files_are_closed_with_the_form, 0 },
          { temporary_folder_is_made_and_stays_empty, 0 }, { full_disk_is_an_error, 0 },
          { client_that_goes_away_is_refused, 0 }, { limits_are_kept, 0 }, { file_counts_as_a_field, 0 }, { files_are_limited, 0 },
          { headers_and_file_names_are_limited, 0 }, { body_limit_counts_bytes, 0 },
          { memory_stays_bounded, 0 })
