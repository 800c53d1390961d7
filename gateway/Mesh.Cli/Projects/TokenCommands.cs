using System.CommandLine;
using Mesh.Contracts;
using Mesh.Contracts.Projects;

namespace Mesh.Cli.Projects;

/// <summary><c>mesh tokens …</c></summary>
internal static class TokenCommands
{
    private static readonly Argument<string> Token = Options.Name("name", "What the token is for.");
    private static readonly Argument<Guid> Id = Options.Id("id", "Id of the token.");
    private static readonly Option<string?> User = new("--user") { Description = "Whose token; your own when absent. Administrators alone make tokens for others." };
    private static readonly Option<Role> Role = new("--role") { Description = "The most it may do in any project.", DefaultValueFactory = _ => Contracts.Role.Owner };
    private static readonly Option<string[]> Only = new("--only") { Description = "A project it is good for; several times for several.", Arity = ArgumentArity.ZeroOrMore, HelpName = "project" };
    private static readonly Option<int> Days = new("--days") { Description = "Its life in days.", DefaultValueFactory = _ => 90 };

    public static Command Create() => Verb.Noun(
        "tokens", "Access tokens.",
        Verb.Of("list", "List your tokens.", [], context => context.Output.TableAsync(
            context.Mesh.Tokens.ListAsync(context.Ct), "There is no token.", ["id", "name", "user", "role", "projects", "expires", "revoked"],
            t => [t.Id, t.Name, t.User, t.Role, t.Projects is null ? "all" : t.Projects, t.ExpiresAt, t.RevokedAt], ct: context.Ct)),
        Verb.Of("create", "Make a token; its secret is shown this once.", [Token, User, Role, Only, Days], async context =>
        {
            var created = await context.Mesh.Tokens.CreateAsync(new CreateToken(
                context.Get(Token), context.Get(User), context.Get(Role), context.Get(Only) is { Length: > 0 } only ? only : null, context.Get(Days) * 86_400L), context.Ct);
            if (context.Output.Json) context.Output.Object(created);
            else
            {
                context.Output.Raw(created.Secret);
                context.Output.Note($"Shown only now. Good until {Terminal.Output.Text(created.Token.ExpiresAt)}. Revoke: mesh tokens revoke {created.Token.Id}");
            }
        }),
        Verb.Of("revoke", "Revoke a token.", [Id], async context =>
        {
            await context.Mesh.Tokens.RevokeAsync(context.Get(Id), context.Ct);
            context.Output.Done(new { id = context.Get(Id), revoked = true }, "The token is revoked.");
        }));
}
