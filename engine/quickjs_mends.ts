// Faults of QuickJS 2025-04-26, mended in the copy of quickjs.c that is compiled: what it does where there is no memory, and what it takes
// for JSON. host/checks/check_failures.ts has each allocation of a script fail once.

import type { Mend } from "./mend.ts";

/** In the order of the source. */
export const QUICKJS_MENDS: readonly Mend[] = [
  // An error that there is no memory is made while something else is half made, which a collection would look at.
  {
    wrong: "    if (force_gc) {\n#ifdef DUMP_GC",
    right: "    if (force_gc && !rt->in_out_of_memory) {\n#ifdef DUMP_GC",
  },
  // Without memory for its name, a closure is made all the same, and nothing is thrown.
  {
    wrong: `static void js_function_set_properties(JSContext *ctx, JSValueConst func_obj,
                                       JSAtom name, int len)
{
    /* ES6 feature non compatible with ES5.1: length is configurable */
    JS_DefinePropertyValue(ctx, func_obj, JS_ATOM_length, JS_NewInt32(ctx, len),
                           JS_PROP_CONFIGURABLE);
    JS_DefinePropertyValue(ctx, func_obj, JS_ATOM_name,
                           JS_AtomToString(ctx, name), JS_PROP_CONFIGURABLE);
}`,
    right: `static int js_function_set_properties(JSContext *ctx, JSValueConst func_obj,
                                      JSAtom name, int len)
{
    JSValue text;
    if (JS_DefinePropertyValue(ctx, func_obj, JS_ATOM_length, JS_NewInt32(ctx, len),
                               JS_PROP_CONFIGURABLE) < 0)
        return -1;
    text = JS_AtomToString(ctx, name);
    if (JS_IsException(text))
        return -1;
    return JS_DefinePropertyValue(ctx, func_obj, JS_ATOM_name, text, JS_PROP_CONFIGURABLE);
}`,
  },
  // A bound function that was not finished has nothing that could be freed or marked.
  ...["JS_FreeValueRT", "JS_MarkValue"].map((first) => ({
    wrong: `    JSBoundFunction *bf = p->u.bound_function;
    int i;

    ${first}`,
    right: `    JSBoundFunction *bf = p->u.bound_function;
    int i;

    if (!bf)
        return;
    ${first}`,
  })),
  // Where an error comes from throws nothing, as that would free the error itself: it may be above the limit of the heap, and is left
  // out where the system has no memory.
  {
    wrong: `    js_dbuf_init(ctx, &dbuf);
    if (filename) {
        dbuf_printf(&dbuf, "    at %s", filename);`,
    right: `    BOOL was_out_of_memory = ctx->rt->in_out_of_memory;
    size_t limit = ctx->rt->malloc_state.malloc_limit;
    ctx->rt->in_out_of_memory = TRUE;
    ctx->rt->malloc_state.malloc_limit = -1;
    js_dbuf_init(ctx, &dbuf);
    if (filename) {
        dbuf_printf(&dbuf, "    at %s", filename);`,
  },
  {
    wrong: `        str = JS_NewString(ctx, filename);
        /* Note`,
    right: `        str = JS_NewString(ctx, filename);
        if (JS_IsException(str))
            str = JS_NULL;
        /* Note`,
  },
  {
    wrong: `        str = JS_NewString(ctx, (char *)dbuf.buf);
    dbuf_free(&dbuf);
    JS_DefinePropertyValue(ctx, error_obj, JS_ATOM_stack, str,
                           JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE);`,
    right: `        str = JS_NewString(ctx, (char *)dbuf.buf);
    if (JS_IsException(str))
        str = JS_NULL;
    dbuf_free(&dbuf);
    JS_DefinePropertyValue(ctx, error_obj, JS_ATOM_stack, str,
                           JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE);
    ctx->rt->malloc_state.malloc_limit = limit;
    ctx->rt->in_out_of_memory = was_out_of_memory;`,
  },
  {
    wrong: `        JS_DefinePropertyValue(ctx, obj, JS_ATOM_message,
                               JS_NewString(ctx, buf),
                               JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE);
    }
    if (add_backtrace) {`,
    right: `        JSValue message = JS_NewString(ctx, buf);
        if (!JS_IsException(message))
            JS_DefinePropertyValue(ctx, obj, JS_ATOM_message, message,
                                   JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE);
    }
    if (add_backtrace) {`,
  },
  // A function of the language that could not be made is made when it is wanted again, and is not undefined for ever.
  {
    wrong: `    js_autoinit_free(ctx->rt, pr);
    prs->flags &= ~JS_PROP_TMASK;
    pr->u.value = JS_UNDEFINED;
    if (JS_IsException(val))
        return -1;
    if (id`,
    right: `    if (JS_IsException(val))
        return -1;
    js_autoinit_free(ctx->rt, pr);
    prs->flags &= ~JS_PROP_TMASK;
    pr->u.value = JS_UNDEFINED;
    if (id`,
  },
  {
    wrong: `    js_function_set_properties(ctx, func_obj, name_atom,
                               b->defined_arg_count);
`,
    right: `    if (js_function_set_properties(ctx, func_obj, name_atom,
                                   b->defined_arg_count) < 0)
        goto fail;
`,
  },
  // A call of an async function that was freed is on no list of what a collection looks at.
  {
    wrong: "    if (!sf->arg_buf) {\n        js_free(ctx, s);\n",
    right: "    if (!sf->arg_buf) {\n        remove_gc_object(&s->header);\n        js_free(ctx, s);\n",
  },
  // `-01` and `1.` are no JSON (ECMA-404 section 8).
  {
    wrong: "    case '-':\n        if (!is_digit(p[1]))\n",
    right: "    case '-':\n        if (!is_digit(p[1]) || (p[1] == '0' && is_digit(p[2])))\n",
  },
  {
    wrong: `                          flags);
            if (JS_IsException(ret))
                goto fail;
            s->token.val = TOK_NUMBER;
            s->token.u.num.val = ret;
        }
        break;
    default:
        if (c >= 128) {
            js_parse_error`,
    right: `                          flags);
            if (JS_IsException(ret))
                goto fail;
            {
                const uint8_t *point = memchr(s->token.ptr, '.', p - s->token.ptr);
                if (point && !is_digit(point[1])) {
                    js_parse_error(s, "unexpected number");
                    goto fail;
                }
            }
            s->token.val = TOK_NUMBER;
            s->token.u.num.val = ret;
        }
        break;
    default:
        if (c >= 128) {
            js_parse_error`,
  },
];
