//! The OpenAPI page of the door, made from the table of actions and fields.

use posthouse_domain::limits::{ATTRIBUTE_BYTES_MAX, ATTRIBUTES_MAX, KEY_BYTES_MAX};
use posthouse_domain::ticket::{ActorKind, Presence, Progress, Sentiment, Severity};
use utoipa::openapi::path::{
    HttpMethod, OperationBuilder, ParameterBuilder, ParameterIn, PathItem, PathsBuilder,
};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{
    AdditionalProperties, ComponentsBuilder, ObjectBuilder, Ref, Schema, SchemaFormat, SchemaType,
    Type,
};
use utoipa::openapi::{
    Content, HeaderBuilder, InfoBuilder, OpenApi, OpenApiBuilder, RefOr, Required, Response,
    ResponseBuilder,
};

use crate::action::{Action, Field, Shape, Subject};
use crate::limits::IDEMPOTENCY_KEY_BYTES_MAX;
use crate::reading::ACTOR_KINDS;

use super::links;

const JSON: &str = "application/json";
const TAG: &str = "tickets";

/// The page, with the pages behind links where there are such.
pub(crate) fn openapi(with_links: bool) -> OpenApi {
    let mut paths = PathsBuilder::new();
    let mut components = ComponentsBuilder::new()
        .schema(
            "TicketAccepted",
            answer_schema(("number", "The number that people see.")),
        )
        .schema(
            "ChangeAccepted",
            answer_schema(("fact_id", "The fact that it became: a UUID.")),
        )
        .schema("FactAccepted", presence_schema())
        .schema("Problem", problem_schema());
    for action in Action::ALL {
        paths = paths.path(
            action.path(),
            PathItem::new(HttpMethod::Post, operation(action)),
        );
        components = components.schema(schema_name(action), object(action.fields(), ""));
    }
    if with_links {
        let mut item = PathItem::new(HttpMethod::Get, look());
        item.post = Some(follow().build());
        paths = paths.path(links::PATH, item);
    }
    OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("Posthouse intake")
                .version(env!("CARGO_PKG_VERSION")),
        )
        .paths(paths)
        .components(Some(components.build()))
        .build()
}

/// A look at a link: what it is about to do.
fn look() -> OperationBuilder {
    link("look_at_link")
        .summary(Some("See what a link would do, without doing it"))
        .response("200", page("What it would do, with a button that posts."))
}

/// A link, followed.
fn follow() -> OperationBuilder {
    link("follow_link")
        .summary(Some("Do what a link offers, once"))
        .response("200", page("It was done before; nothing more is done."))
        .response(
            "202",
            page("Accepted: it is in the log, or on disk on its way there."),
        )
        .response("409", page("The ticket's state does not allow it."))
        .response("429", page("Too much to do."))
        .response("503", page("Something that is needed is not there."))
}

fn link(id: &str) -> OperationBuilder {
    let token = ParameterBuilder::new()
        .name("token")
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some("What a message's link ends with: signed."))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)));
    OperationBuilder::new()
        .tag("links")
        .operation_id(Some(id))
        .parameter(token)
        .response("404", page("It was not signed here (NTF0021)."))
        .response("410", page("Its time is over (NTF0022)."))
}

/// A page for people, in the language of their browser.
fn page(about: &str) -> Response {
    let text = ObjectBuilder::new().schema_type(Type::String);
    ResponseBuilder::new()
        .description(about)
        .content("text/html", Content::new(Some(RefOr::<Schema>::from(text))))
        .build()
}

fn operation(action: Action) -> OperationBuilder {
    let mut operation = OperationBuilder::new()
        .tag(match action.subject() {
            Subject::Ticket => TAG,
            Subject::Agent => "agents",
            Subject::Customer => "customers",
        })
        .summary(Some(action.about()))
        .operation_id(Some(format!(
            "{}_{}",
            action.word(),
            action.subject().word()
        )))
        .parameter(key_parameter())
        .request_body(Some(
            RequestBodyBuilder::new()
                .content(JSON, content(&schema_name(action)))
                .required(Some(required(!action.may_be_bare())))
                .build(),
        ))
        .response("202", accepted_response(action));
    for (status, about) in refusals(action) {
        operation = operation.response(status, problem_response(about));
    }
    if action != Action::Open {
        operation = operation.parameter(
            ParameterBuilder::new()
                .name("id")
                .parameter_in(ParameterIn::Path)
                .required(Required::True)
                .description(Some(match action.subject() {
                    Subject::Ticket => "The ticket's identity or its number.",
                    Subject::Agent => "The agent's key.",
                    Subject::Customer => "The customer's key.",
                }))
                .schema(Some(ObjectBuilder::new().schema_type(Type::String))),
        );
    }
    operation
}

fn key_parameter() -> ParameterBuilder {
    ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "The same key with the same content gets the same answer.",
        ))
        .schema(Some(text(IDEMPOTENCY_KEY_BYTES_MAX)))
}

fn accepted_response(action: Action) -> Response {
    let about = "Accepted: it is in the log, or on disk on its way there.";
    let response = ResponseBuilder::new().description(about);
    match action {
        Action::Open => {}
        Action::Presence | Action::Prefer => {
            return response.content(JSON, content("FactAccepted")).build();
        }
        _ => return response.content(JSON, content("ChangeAccepted")).build(),
    }
    let location = HeaderBuilder::new()
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .description(Some("Where the ticket can be read."))
        .build();
    response
        .content(JSON, content("TicketAccepted"))
        .header("Location", location)
        .build()
}

fn refusals(action: Action) -> Vec<(&'static str, &'static str)> {
    let mut refusals = vec![
        ("400", "The body is not JSON, not UTF-8, or did not arrive."),
        (
            "409",
            "A request with the same idempotency key is being worked on.",
        ),
        ("413", "The body is too large."),
        ("415", "The content is not application/json."),
        (
            "422",
            "Fields are not as they must be, or the idempotency key had other content.",
        ),
        ("429", "Too much to do; see Retry-After."),
        (
            "503",
            "Something that is needed is not there; see Retry-After.",
        ),
    ];
    if action != Action::Open && action.subject() == Subject::Ticket {
        refusals[1].1 = "The ticket's state does not allow it, or the same key is worked on.";
        refusals.insert(1, ("404", "There is no such ticket."));
    }
    refusals
}

fn problem_response(about: &str) -> Response {
    let media = posthouse_runtime::problem::CONTENT_TYPE;
    ResponseBuilder::new()
        .description(about)
        .content(media, content("Problem"))
        .build()
}

fn content(schema: &str) -> Content {
    Content::new(Some(RefOr::<Schema>::Ref(Ref::from_schema_name(schema))))
}

fn schema_name(action: Action) -> String {
    let (first, rest) = action.word().split_at(1);
    let (subject, rest_of_subject) = action.subject().word().split_at(1);
    format!(
        "{}{rest}{}{rest_of_subject}",
        first.to_ascii_uppercase(),
        subject.to_ascii_uppercase()
    )
}

fn presence_schema() -> ObjectBuilder {
    let fact = ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some("The fact that it became: a UUID."));
    ObjectBuilder::new()
        .property("fact_id", fact)
        .required("fact_id")
}

fn answer_schema((name, about): (&str, &str)) -> ObjectBuilder {
    let word = |about| {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some(about))
    };
    ObjectBuilder::new()
        .property("ticket_id", word("The ticket's identity: a UUID."))
        .required("ticket_id")
        .property(name, word(about))
        .required(name)
}

fn problem_schema() -> ObjectBuilder {
    let word = || ObjectBuilder::new().schema_type(Type::String);
    let one = ObjectBuilder::new()
        .property("field", word())
        .property("message", word());
    ObjectBuilder::new()
        .description(Some("RFC 9457: what was wrong, by field."))
        .property("type", word())
        .property("title", word())
        .property("status", ObjectBuilder::new().schema_type(Type::Integer))
        .property("detail", word())
        .property("code", word().description(Some("A stable code.")))
        .property("errors", one.to_array_builder())
}

fn object(fields: &[Field], about: &str) -> ObjectBuilder {
    let mut object = ObjectBuilder::new()
        .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)));
    if !about.is_empty() {
        object = object.description(Some(about));
    }
    for field in fields {
        object = object.property(field.name, schema(field));
        if field.required {
            object = object.required(field.name);
        }
    }
    object
}

fn schema(field: &Field) -> RefOr<Schema> {
    let shaped = match field.shape {
        Shape::Line(bytes_max) | Shape::Text(bytes_max) => text(bytes_max),
        Shape::Flag => ObjectBuilder::new().schema_type(Type::Boolean),
        Shape::Severity => words(Severity::ALL.map(Severity::as_str).to_vec()),
        Shape::Sentiment => words(Sentiment::ALL.map(Sentiment::as_str).to_vec()),
        Shape::Presence => words(Presence::ALL.map(Presence::as_str).to_vec()),
        Shape::Id => ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::Custom("uuid".to_owned()))),
        Shape::Progress => words(Progress::ALL.iter().map(|it| it.as_str()).collect()),
        Shape::ActorKind => words(ACTOR_KINDS.map(ActorKind::as_str).to_vec()),
        Shape::Attributes => ObjectBuilder::new()
            .max_properties(Some(ATTRIBUTES_MAX))
            .additional_properties(Some(text(ATTRIBUTE_BYTES_MAX))),
        Shape::Object(fields) => return object(fields, field.about).into(),
        Shape::Keys(items_max) => {
            let list = text(KEY_BYTES_MAX).to_array_builder();
            return list
                .max_items(Some(items_max))
                .description(Some(field.about))
                .into();
        }
    };
    shaped.description(Some(field.about)).into()
}

/// Text; no text of so many bytes has more characters.
fn text(bytes_max: usize) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(SchemaType::from(Type::String))
        .max_length(Some(bytes_max))
}

fn words(words: Vec<&'static str>) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(words))
}

const fn required(required: bool) -> Required {
    if required {
        Required::True
    } else {
        Required::False
    }
}
