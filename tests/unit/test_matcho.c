/* The pattern language: each operator, the examples that its documentation
 * gives, what is refused and where, and that each match keeps to its steps. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/text.h"
#include "matcho/matcho.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Of a text with ' for ", which reads better in C. */
static cJSON *
json_of(const char *text)
{
	AUTO_TEXT copy = strdup(text);
	cJSON *tree = NULL;
	const char *why = NULL;

	assert_non_null(copy);
	for (char *at = copy; *at; at++)
		*at = *at == '\'' ? '"' : *at;
	if (json_parse(copy, strlen(copy), &tree, &why) != 0)
		fail_msg("%s: %s", text, why);
	return tree;
}

static struct matcho *
compile(const char *text)
{
	AUTO_JSON pattern = json_of(text);
	struct matcho *matcho = NULL;
	struct matcho_error error = {"", ""};

	if (matcho_compile(pattern, &matcho, &error) != 0)
		fail_msg("%s: %s: %s", text, error.path, error.why);
	return matcho;
}

struct example {
	const char *pattern, *request;
	const char *said_no; /* NULL: it matches */
};

static const struct example examples[] = {
    /* Values. */
    {"{'x':1}", "{'x':1,'y':2}", NULL},
    {"{'x':1}", "{'z':1}", "x"},
    {"{'x':1}", "{'x':'1'}", "x"},
    {"{'x':1}", "{'x':1.5}", "x"},
    {"{'x':1}", "{'x':1.0}", NULL},
    {"{'x':1}", "{'x':true}", "x"},
    {"{'x':true}", "{'x':true}", NULL},
    {"{'x':true}", "{'x':false}", "x"},
    {"{'x':true}", "{'x':1}", "x"},
    {"{'x':true}", "{'x':'true'}", "x"},
    {"{'x':false}", "{}", "x"},
    {"{'x':'a'}", "{'x':'a'}", NULL},
    {"{'x':'a'}", "{'x':'A'}", "x"},
    {"{'x':'a'}", "{'X':'a'}", "x"},
    {"{'x':'a'}", "{'x':['a']}", "x"},
    {"{'x':'a'}", "{'x':{'x':'a'}}", "x"},
    {"{'x':''}", "{'x':''}", NULL},
    {"{'x':''}", "{}", "x"},
    {"{'x':''}", "{'x':null}", "x"},
    /* Objects hold what the pattern says, and more. */
    {"{'a':{'b':5}}", "{'a':{'b':5,'c':6},'d':7}", NULL},
    {"{'a':{'b':5}}", "{'a':{'c':5}}", "a.b"},
    {"{'a':{'b':5}}", "{'b':{'a':5}}", "a"},
    {"{'a':{'b':5}}", "{'a':[5]}", "a"},
    {"{'a':{}}", "{'a':{}}", NULL},
    {"{'a':{}}", "{'a':[]}", "a"},
    {"{'a':{}}", "{}", "a"},
    {"{'a':{'b':'nil?'}}", "{}", "a"},
    {"{'https://a.example/r':'x'}", "{'https://a.example/r':'x'}", NULL},
    /* Lists in their order, from the start. */
    {"{'a':[1,2]}", "{'a':[1,2]}", NULL},
    {"{'a':[1,2]}", "{'a':[1,2,3]}", NULL},
    {"{'a':[1,2]}", "{'a':[2,1]}", "a.0"},
    {"{'a':[1,2]}", "{'a':[1]}", "a.1"},
    {"{'a':[1,2]}", "{'a':[0,1,2]}", "a.0"},
    {"{'a':[1,'nil?']}", "{'a':[1]}", NULL},
    {"{'a':[1,'nil?']}", "{'a':[1,2]}", "a.1"},
    {"{'a':[]}", "{'a':[1]}", NULL},
    {"{'a':[]}", "{'a':{}}", "a"},
    {"{'a':[1]}", "{'a':1}", "a"},
    {"{'a':[{'b':1},{'b':2}]}", "{'a':[{'b':1,'c':0},{'b':3}]}", "a.1.b"},
    {"{'user':{'roles':[{'value':'x'}]}}",
	"{'user':{'roles':[{'value':'x'},{'value':'y'}]}}", NULL},
    /* Regular expressions are found anywhere in a text. */
    {"{'a':'#\\\\d+'}", "{'a':'2345'}", NULL},
    {"{'a':'#\\\\d+'}", "{'a':'abc'}", "a"},
    {"{'a':'#\\\\d+'}", "{'a':'ab2c'}", NULL},
    {"{'a':'#\\\\d+'}", "{'a':2345}", "a"},
    {"{'a':'#\\\\d+'}", "{}", "a"},
    {"{'a':'#^/Patient.*$'}", "{'a':'/Patient/1'}", NULL},
    {"{'a':'#^/Patient/[^/]+$'}", "{'a':'/Patient/1/2'}", "a"},
    {"{'a':'#^root$'}", "{'a':'root\\n'}", "a"},
    /* Tests. */
    {"{'a':'present?'}", "{'a':5}", NULL},
    {"{'a':'present?'}", "{'a':{'b':6}}", NULL},
    {"{'a':'present?'}", "{'a':false}", NULL},
    {"{'a':'present?'}", "{'a':''}", NULL},
    {"{'a':'present?'}", "{'b':5}", "a"},
    {"{'a':'present?'}", "{'a':null}", "a"},
    {"{'a':'nil?'}", "{'b':6}", NULL},
    {"{'a':'nil?'}", "{'a':null}", NULL},
    {"{'a':'nil?'}", "{'a':0}", "a"},
    {"{'a':null}", "{'a':null}", NULL},
    {"{'a':null}", "{}", NULL},
    {"{'a':null}", "{'a':''}", "a"},
    {"{'a':'not-blank?'}", "{'a':'x'}", NULL},
    {"{'a':'not-blank?'}", "{'a':''}", "a"},
    {"{'a':'not-blank?'}", "{'a':' \\t\\n'}", "a"},
    {"{'a':'not-blank?'}", "{'a':1}", "a"},
    {"{'a':'not-blank?'}", "{}", "a"},
    /* Paths into the request. */
    {"{'params':{'user_id':'.user.id'}}",
	"{'user':{'id':1},'params':{'user_id':1}}", NULL},
    {"{'params':{'user_id':'.user.id'}}",
	"{'user':{'id':1},'params':{'user_id':2}}", "params.user_id"},
    {"{'params':{'user_id':'.user.id'}}",
	"{'user':{'id':1},'params':{'user_id':'1'}}", "params.user_id"},
    {"{'a':{'b':'.c'}}", "{'a':{},'c':1}", "a.b"},
    {"{'a':'.b'}", "{}", "a"},
    {"{'a':'.b'}", "{'a':null,'b':null}", "a"},
    {"{'a':'.b.1'}", "{'a':'y','b':['x','y']}", NULL},
    {"{'a':'.b.2'}", "{'a':'y','b':['x','y']}", "a"},
    {"{'a':'.b.x'}", "{'a':'y','b':['x','y']}", "a"},
    {"{'a':'.b.-1'}", "{'a':'y','b':['x','y']}", "a"},
    {"{'a':'.p.resource/id'}", "{'a':'y','p':{'resource/id':'y'}}", NULL},
    {"{'a':'.b'}", "{'a':{'x':[1],'y':2},'b':{'y':2,'x':[1]}}", NULL},
    {"{'a':'.b'}", "{'a':{'x':1},'b':{'x':1,'y':2}}", "a"},
    {"{'a':'.b'}", "{'a':{'x':1,'y':2},'b':{'x':1}}", "a"},
    {"{'a':'.b'}", "{'a':{'x':1},'b':{'y':1}}", "a"},
    {"{'a':'.b'}", "{'a':[1,2],'b':[2,1]}", "a"},
    {"{'a':'.b'}", "{'a':[1],'b':{'0':1}}", "a"},
    {"{'a':'.b'}", "{'a':[null,true],'b':[null,true]}", NULL},
    {"{'a':'.b'}", "{'a':[null,true],'b':[null,false]}", "a"},
    /* $enum takes each value as it stands. */
    {"{'m':{'$enum':['get','post']}}", "{'m':'post'}", NULL},
    {"{'m':{'$enum':['get','post']}}", "{'m':'put'}", "m.$enum"},
    {"{'m':{'$enum':['get',2,true]}}", "{'m':2}", NULL},
    {"{'m':{'$enum':['get',2,true]}}", "{'m':true}", NULL},
    {"{'m':{'$enum':['get',2,true]}}", "{'m':'2'}", "m.$enum"},
    {"{'m':{'$enum':['get']}}", "{'m':['get']}", "m.$enum"},
    {"{'m':{'$enum':['get']}}", "{}", "m.$enum"},
    {"{'m':{'$enum':['#a','.b','present?']}}", "{'m':'.b'}", NULL},
    {"{'m':{'$enum':['#a','.b','present?']}}", "{'m':'a','b':'a'}", "m.$enum"},
    {"{'m':{'$enum':'.l'}}", "{'m':'b','l':['a','b']}", NULL},
    {"{'m':{'$enum':'.l'}}", "{'m':'c','l':['a','b']}", "m.$enum"},
    {"{'m':{'$enum':'.l'}}", "{'m':'c','l':'c'}", "m.$enum"},
    {"{'m':{'$enum':'.l'}}", "{'l':[null]}", "m.$enum"},
    /* $one-of */
    {"{'a':{'$one-of':[{'b':'present?'},{'c':'present?'}]}}", "{'a':{'c':5}}",
	NULL},
    {"{'a':{'$one-of':[{'b':'present?'},{'c':'present?'}]}}", "{'a':{'d':5}}",
	"a.$one-of"},
    {"{'a':{'$one-of':[{'b':'present?'},{'c':'present?'}]}}",
	"{'a':{'b':null}}", "a.$one-of"},
    {"{'$one-of':[{'a':1},{'b':2}]}", "{'b':2}", NULL},
    {"{'$one-of':[{'a':1},{'b':2}]}", "{'b':3}", "$one-of"},
    {"{'a':{'$one-of':['/x','#/y$']}}", "{'a':'/x/y'}", NULL},
    {"{'a':{'$one-of':['nil?','x']}}", "{}", NULL},
    {"{'a':{'$one-of':'.l'}}", "{'a':2,'l':[1,2]}", NULL},
    /* $contains */
    {"{'type':{'$contains':{'system':'loinc'}}}",
	"{'type':[{'system':'snomed'},{'system':'loinc'}]}", NULL},
    {"{'type':{'$contains':{'system':'loinc'}}}",
	"{'type':[{'system':'snomed'}]}", "type.$contains"},
    {"{'type':{'$contains':'a'}}", "{'type':'a'}", "type.$contains"},
    {"{'type':{'$contains':'a'}}", "{'type':{'a':'a'}}", "type.$contains"},
    {"{'type':{'$contains':'a'}}", "{'type':[]}", "type.$contains"},
    {"{'type':{'$contains':'.u'}}", "{'type':['a','b'],'u':'b'}", NULL},
    {"{'type':{'$contains':{'$contains':1}}}", "{'type':[[2],[3,1]]}", NULL},
    /* $every */
    {"{'col':{'$every':{'foo':'bar'}}}",
	"{'col':[{'foo':'bar'},{'foo':'bar','baz':'quux'}]}", NULL},
    {"{'col':{'$every':{'foo':'bar'}}}", "{'col':[{'foo':'bar'},{'foo':1}]}",
	"col.$every.foo"},
    {"{'col':{'$every':1}}", "{'col':[]}", NULL},
    {"{'col':{'$every':1}}", "{}", "col.$every"},
    {"{'col':{'$every':1}}", "{'col':1}", "col.$every"},
    /* $not */
    {"{'m':{'$not':{'status':'private'}}}", "{'m':{'status':'public'}}", NULL},
    {"{'m':{'$not':{'status':'private'}}}", "{'m':{'status':'private'}}",
	"m.$not"},
    {"{'m':{'$not':{'status':'private'}}}", "{}", NULL},
    {"{'m':{'$not':'nil?'}}", "{}", "m.$not"},
    {"{'m':{'$not':{'$not':1}}}", "{'m':1}", NULL},
    {"{'m':{'$not':{'$enum':['a','b']}}}", "{'m':'c'}", NULL},
    {"{'m':{'$contains':'a','$not':{'$contains':'b'}}}", "{'m':['a','c']}",
	NULL},
    {"{'m':{'$contains':'a','$not':{'$contains':'b'}}}", "{'m':['a','b']}",
	"m.$not"},
    /* $present-all, $length */
    {"{'r':{'$length':2,'$present-all':[{'t':'P'},{'t':'E'}]}}",
	"{'r':[{'t':'E'},{'t':'P'}]}", NULL},
    {"{'r':{'$length':2,'$present-all':[{'t':'P'},{'t':'E'}]}}",
	"{'r':[{'t':'E'},{'t':'P'},{'t':'P'}]}", "r.$length"},
    {"{'r':{'$length':2,'$present-all':[{'t':'P'},{'t':'E'}]}}",
	"{'r':[{'t':'E'},{'t':'E'}]}", "r.$present-all"},
    {"{'r':{'$present-all':['a','b']}}", "{'r':['b','c','a']}", NULL},
    {"{'r':{'$present-all':['a']}}", "{'r':'a'}", "r.$present-all"},
    {"{'r':{'$length':0}}", "{'r':[]}", NULL},
    {"{'r':{'$length':0}}", "{}", "r.$length"},
    {"{'r':{'$length':1}}", "{'r':'a'}", "r.$length"},
    {"{'r':{'$length':1}}", "{'r':{'a':1}}", "r.$length"},
    /* $reference */
    {"{'p':{'$reference':{'id':'pid','resourceType':'Patient'}}}",
	"{'p':{'reference':'Patient/pid'}}", NULL},
    {"{'p':{'$reference':{'id':'pid','resourceType':'Patient'}}}",
	"{'p':'Patient/pid'}", NULL},
    {"{'p':{'$reference':{'id':'.user.data.id'}}}",
	"{'p':{'id':'7','resourceType':'Patient'},'user':{'data':{'id':'7'}}}",
	NULL},
    {"{'p':{'$reference':{'id':'x'}}}", "{'p':'Patient/pid'}",
	"p.$reference.id"},
    {"{'p':{'$reference':{'id':'present?'}}}", "{'p':'pid'}", "p.$reference"},
    {"{'p':{'$reference':{'id':'present?'}}}", "{'p':'Patient/'}",
	"p.$reference"},
    {"{'p':{'$reference':{'id':'present?'}}}", "{'p':'/pid'}", "p.$reference"},
    {"{'p':{'$reference':{'id':'present?'}}}", "{'p':'P/p/_history/2'}",
	"p.$reference"},
    {"{'p':{'$reference':{'id':'present?'}}}", "{'p':{'reference':1}}",
	"p.$reference"},
    {"{'p':{'$reference':{'id':'present?'}}}", "{}", "p.$reference"},
    /* $within */
    {"{'t':{'$within':300}}", "{'t':1000,'time':{'unix':1300}}", NULL},
    {"{'t':{'$within':300}}", "{'t':999,'time':{'unix':1300}}", "t.$within"},
    {"{'t':{'$within':300}}", "{'t':1360,'time':{'unix':1300}}", NULL},
    {"{'t':{'$within':300}}", "{'t':1361,'time':{'unix':1300}}", "t.$within"},
    {"{'t':{'$within':300}}", "{'t':'1300','time':{'unix':1300}}", "t.$within"},
    {"{'t':{'$within':300}}", "{'time':{'unix':1300}}", "t.$within"},
    {"{'t':{'$within':300}}", "{'t':1300}", "t.$within"},
    {"{'t':{'$within':300}}", "{'t':1300,'time':1300}", "t.$within"},
    /* What nobody can say is not turned into yes. */
    {"{'a':{'$not':'.b'}}", "{'a':1}", "a.$not"},
    {"{'a':{'$not':'.b'}}", "{'a':1,'b':2}", NULL},
    {"{'a':{'$not':{'$enum':'.b'}}}", "{'a':1}", "a.$not"},
    {"{'a':{'$not':{'x':'.b','y':1}}}", "{'a':{'x':1,'y':1}}", "a.$not"},
    {"{'a':{'$not':{'x':'.b','y':1}}}", "{'a':{'x':1,'y':2}}", NULL},
    {"{'a':{'$not':{'$contains':'.b'}}}", "{'a':[1]}", "a.$not"},
    {"{'a':{'$not':{'$every':'.b'}}}", "{'a':[1]}", "a.$not"},
    {"{'a':{'$not':['.b']}}", "{'a':[1]}", "a.$not"},
    {"{'a':{'$not':{'$present-all':['.b']}}}", "{'a':[1]}", "a.$not"},
    {"{'a':{'$not':{'$within':300}}}", "{'a':1}", "a.$not"},
    {"{'a':{'$one-of':['.b',1]}}", "{'a':1}", NULL},
    {"{'a':{'$one-of':[1,'.b']}}", "{'a':2}", "a.$one-of"},
    {"{'a':{'$one-of':[{'$not':'.b'},{'$not':1}]}}", "{'a':2}", NULL},
    /* The place that says no is the first that decides. */
    {"{'a':{'$one-of':[1,2]},'b':3}", "{'a':2,'b':4}", "b"},
    {"{'a':'.x','b':3}", "{'a':2,'b':4}", "b"},
    {"{'a':'.x','b':4}", "{'a':2,'b':4}", "a"},
};

static void
each_example_matches_or_says_where_not(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(examples); i++) {
		const struct example *e = &examples[i];
		AUTO(matcho) matcho = compile(e->pattern);
		AUTO_JSON request = json_of(e->request);
		char path[MATCHO_PATH_BYTES_MAX] = "matches";
		size_t steps = 1000;
		int r = matcho_match(matcho, request, &steps, path);

		if (r != (e->said_no ? 0 : 1) ||
		    !streq(path, e->said_no ? e->said_no : "matches"))
			fail_msg("%s on %s: %d, %s", e->pattern, e->request, r,
			    path);
		assert_true(steps < 1000);
	}
}

struct refusal {
	const char *pattern;
	const char *path;
	const char *why; /* what it begins with */
};

static const struct refusal refusals[] = {
    {"{}", "", "must be a map with keys"},
    {"[]", "", "must be a map with keys"},
    {"null", "", "must be a map with keys"},
    {"'present?'", "", "must be a map with keys"},
    {"{'a':{'b':'presnt?'}}", "a.b", "unknown test"},
    {"{'a':[1,'#(']}", "a.1",
	"no regular expression: missing closing parenthesis (at byte 2)"},
    {"{'a':'#'}", "a", "# alone"},
    {"{'a':'.'}", "a", "after each ."},
    {"{'a':'.x..y'}", "a", "after each ."},
    {"{'a':'.x.'}", "a", "after each ."},
    {"{'a':{'$oneof':[1]}}", "a.$oneof", "unknown operator"},
    {"{'a':{'$':1}}", "a.$", "unknown operator"},
    {"{'a':{'$enum':[1],'b':2}}", "a", "operators ($...) do not stand"},
    {"{'a':{'$one-of':[1],'$length':2}}", "a", "$one-of stands alone"},
    {"{'a':{'$enum':[]}}", "a.$enum", "must be a list that is not empty, or"},
    {"{'a':{'$enum':'x'}}", "a.$enum", "must be a list that is not empty, or"},
    {"{'a':{'$enum':{'b':1}}}", "a.$enum", "must be a list"},
    {"{'a':{'$enum':[[1]]}}", "a.$enum.0", "must be a text, a number"},
    {"{'a':{'$enum':['x',null]}}", "a.$enum.1", "must be a text, a number"},
    {"{'a':{'$enum':'.'}}", "a.$enum", "after each ."},
    {"{'a':{'$one-of':[]}}", "a.$one-of", "must be a list that is not empty"},
    {"{'a':{'$one-of':{}}}", "a.$one-of", "must be a list"},
    {"{'a':{'$one-of':[{'b':'#['}]}}", "a.$one-of.0.b", "no regular"},
    {"{'a':{'$present-all':[]}}", "a.$present-all", "must be a list"},
    {"{'a':{'$present-all':'.b'}}", "a.$present-all", "must be a list"},
    {"{'a':{'$contains':{'b':'x?'}}}", "a.$contains.b", "unknown test"},
    {"{'a':{'$length':'2'}}", "a.$length", "must be a whole number"},
    {"{'a':{'$length':-1}}", "a.$length", "must be a whole number"},
    {"{'a':{'$length':1.5}}", "a.$length", "must be a whole number"},
    {"{'a':{'$within':1e300}}", "a.$within", "must be a whole number"},
};

static void
what_is_wrong_is_said_with_its_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(refusals); i++) {
		AUTO_JSON pattern = json_of(refusals[i].pattern);
		struct matcho_error error = {"?", "?"};
		struct matcho *matcho = NULL;

		assert_int_equal(
		    matcho_compile(pattern, &matcho, &error), -EINVAL);
		assert_null(matcho);
		if (!streq(error.path, refusals[i].path) ||
		    !text_after(error.why, refusals[i].why))
			fail_msg("%s: %s: %s", refusals[i].pattern, error.path,
			    error.why);
	}
}

/* {"a":{"a":...}} or [[...]], built here since strict JSON stops before. */
static cJSON *
nested(unsigned depth, bool as_lists)
{
	cJSON *tree = cJSON_CreateNumber(1);

	while (depth-- > 0) {
		cJSON *outer =
		    as_lists ? cJSON_CreateArray() : cJSON_CreateObject();

		if (as_lists)
			assert_true(cJSON_AddItemToArray(outer, tree));
		else
			assert_true(cJSON_AddItemToObject(outer, "a", tree));
		tree = outer;
	}
	return tree;
}

static void
patterns_have_bounds_in_depth_and_number(void **state)
{
	AUTO_JSON deepest = nested(MATCHO_DEPTH_MAX - 1, false);
	AUTO_JSON deeper = nested(MATCHO_DEPTH_MAX, false);
	AUTO_JSON wide = cJSON_CreateObject();
	AUTO(matcho) matcho = NULL;
	struct matcho_error error;
	cJSON *list;

	(void)state;
	assert_int_equal(matcho_compile(deepest, &matcho, &error), 0);
	matcho_free(TAKE(matcho));
	assert_int_equal(matcho_compile(deeper, &matcho, &error), -EINVAL);
	assert_non_null(strstr(error.why, "levels deep"));

	list = cJSON_AddArrayToObject(wide, "a");
	for (size_t i = 0; i < MATCHO_NODES_MAX; i++)
		cJSON_AddItemToArray(list, cJSON_CreateNumber(1));
	assert_int_equal(matcho_compile(wide, &matcho, &error), -EINVAL);
	assert_string_equal(error.path, "a");
	assert_non_null(strstr(error.why, "values"));
	cJSON_DeleteItemFromArray(list, 0);
	assert_int_equal(matcho_compile(wide, &matcho, &error), 0);
}

static void
a_path_that_is_too_long_is_cut(void **state)
{
	AUTO_JSON pattern = cJSON_CreateObject();
	AUTO_JSON request = cJSON_CreateObject();
	AUTO(matcho) matcho = NULL;
	struct matcho_error error;
	char key[2 * MATCHO_PATH_BYTES_MAX] = "", path[MATCHO_PATH_BYTES_MAX];
	size_t steps = 100;

	(void)state;
	memset(key, 'k', sizeof(key) - 1);
	cJSON_AddNumberToObject(
	    cJSON_AddObjectToObject(pattern, key), "inner", 1);
	assert_int_equal(matcho_compile(pattern, &matcho, &error), 0);
	assert_int_equal(matcho_match(matcho, request, &steps, path), 0);
	assert_int_equal(strlen(path), MATCHO_PATH_BYTES_MAX - 1);
}

static void
a_text_that_no_expression_may_see_is_neither_yes_nor_no(void **state)
{
	AUTO(matcho) plain = compile("{'a':'#x'}");
	AUTO(matcho) negated = compile("{'a':{'$not':'#x'}}");
	AUTO(matcho) other = compile("{'a':{'$one-of':['#x','present?']}}");
	static char text[REGEX_TEXT_BYTES_MAX + 2];
	const char *const texts[] = {text, "\xff"};
	char path[MATCHO_PATH_BYTES_MAX];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	for (size_t i = 0; i < COUNT(texts); i++) {
		AUTO_JSON request = cJSON_CreateObject();
		size_t steps = MATCHO_STEPS_MAX;

		cJSON_AddStringToObject(request, "a", texts[i]);
		assert_int_equal(matcho_match(plain, request, &steps, path), 0);
		assert_int_equal(
		    matcho_match(negated, request, &steps, path), 0);
		assert_int_equal(matcho_match(other, request, &steps, path), 1);
	}
}

/* Whatever budget a match gets, it either decides as with a large one or says
 * that it could not. */
static void
too_few_steps_never_change_an_answer(void **state)
{
	char path[MATCHO_PATH_BYTES_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(examples); i++) {
		AUTO(matcho) matcho = compile(examples[i].pattern);
		AUTO_JSON request = json_of(examples[i].request);
		size_t needed = 1000;
		int right = matcho_match(matcho, request, &needed, path);

		needed = 1000 - needed;
		for (size_t given = 0; given <= needed; given++) {
			size_t steps = given;
			int r = matcho_match(matcho, request, &steps, path);

			assert_true(steps <= given);
			assert_int_equal(r, given < needed ? -E2BIG : right);
		}
	}
}

static void
a_pattern_tells_what_it_may_depend_on(void **state)
{
	static const char *const about_network[] = {"{'network':'present?'}",
	    "{'$one-of':[{'a':1},{'network':{'$contains':'x'}}]}",
	    "{'$not':{'network':'nil?'}}", "{'a':{'b':'.network.0'}}",
	    "{'a':{'$enum':'.network'}}"};
	AUTO(matcho) other = compile("{'a':['.b.network','network']}");

	(void)state;
	for (size_t i = 0; i < COUNT(about_network); i++) {
		AUTO(matcho) matcho = compile(about_network[i]);

		assert_true(matcho_mentions(matcho, "network"));
		assert_false(matcho_mentions(matcho, "net"));
	}
	assert_false(matcho_mentions(other, "network"));
	assert_true(matcho_mentions(other, "b"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_example_matches_or_says_where_not),
	    cmocka_unit_test(what_is_wrong_is_said_with_its_place),
	    cmocka_unit_test(patterns_have_bounds_in_depth_and_number),
	    cmocka_unit_test(a_path_that_is_too_long_is_cut),
	    cmocka_unit_test(
		a_text_that_no_expression_may_see_is_neither_yes_nor_no),
	    cmocka_unit_test(a_pattern_tells_what_it_may_depend_on),
	    cmocka_unit_test(too_few_steps_never_change_an_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
