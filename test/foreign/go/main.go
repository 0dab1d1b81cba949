// A journey through the local user pool with aws-sdk-go-v2, Amazon's SDK for Go. Takes the URL of the pool. Prints a
// line for each step that it has passed.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

const (
	user        = "ada@example.com"
	password    = "Correct-horse-7"
	temporary   = "Temporary-horse-7"
	newPassword = "Staple-battery-9"
)

func step(name string) { fmt.Println("passed:", name) }

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func main() {
	ctx := context.Background()
	client := cognito.New(cognito.Options{
		Region:           "us-east-1",
		BaseEndpoint:     aws.String(os.Args[1]),
		Credentials:      credentials.NewStaticCredentialsProvider("local", "local", ""),
		RetryMaxAttempts: 1,
	})

	pool := must(client.CreateUserPool(ctx, &cognito.CreateUserPoolInput{
		PoolName:           aws.String("foreign"),
		UsernameAttributes: []types.UsernameAttributeType{types.UsernameAttributeTypeEmail},
	})).UserPool
	app := must(client.CreateUserPoolClient(ctx, &cognito.CreateUserPoolClientInput{
		UserPoolId: pool.Id,
		ClientName: aws.String("app"),
		ExplicitAuthFlows: []types.ExplicitAuthFlowsType{
			types.ExplicitAuthFlowsTypeAllowUserPasswordAuth,
			types.ExplicitAuthFlowsTypeAllowRefreshTokenAuth,
		},
	})).UserPoolClient
	step("create a pool and an app client")

	must(client.SignUp(ctx, &cognito.SignUpInput{
		ClientId: app.ClientId, Username: aws.String(user), Password: aws.String(password),
	}))
	must(client.AdminConfirmSignUp(ctx, &cognito.AdminConfirmSignUpInput{
		UserPoolId: pool.Id, Username: aws.String(user),
	}))
	_, err := client.SignUp(ctx, &cognito.SignUpInput{
		ClientId: app.ClientId, Username: aws.String(user), Password: aws.String(password),
	})
	var exists *types.UsernameExistsException
	if !errors.As(err, &exists) {
		log.Fatalf("a second sign-up answered %v", err)
	}
	step("sign up and confirm")

	signIn := func(name, secret string) *cognito.InitiateAuthOutput {
		return must(client.InitiateAuth(ctx, &cognito.InitiateAuthInput{
			ClientId:       app.ClientId,
			AuthFlow:       types.AuthFlowTypeUserPasswordAuth,
			AuthParameters: map[string]string{"USERNAME": name, "PASSWORD": secret},
		}))
	}
	tokens := signIn(user, password).AuthenticationResult
	must(client.GetUser(ctx, &cognito.GetUserInput{AccessToken: tokens.AccessToken}))
	refreshed := must(client.InitiateAuth(ctx, &cognito.InitiateAuthInput{
		ClientId:       app.ClientId,
		AuthFlow:       types.AuthFlowTypeRefreshTokenAuth,
		AuthParameters: map[string]string{"REFRESH_TOKEN": *tokens.RefreshToken},
	}))
	if refreshed.AuthenticationResult.AccessToken == nil {
		log.Fatal("the refresh answered no access token")
	}
	step("sign in and refresh")

	must(client.CreateGroup(ctx, &cognito.CreateGroupInput{UserPoolId: pool.Id, GroupName: aws.String("staff")}))
	must(client.AdminAddUserToGroup(ctx, &cognito.AdminAddUserToGroupInput{
		UserPoolId: pool.Id, Username: aws.String(user), GroupName: aws.String("staff"),
	}))
	groups := must(client.AdminListGroupsForUser(ctx, &cognito.AdminListGroupsForUserInput{
		UserPoolId: pool.Id, Username: aws.String(user),
	})).Groups
	if len(groups) != 1 || groups[0].CreationDate == nil {
		log.Fatalf("the groups are %v", groups)
	}
	pages := cognito.NewListUsersPaginator(client, &cognito.ListUsersInput{UserPoolId: pool.Id})
	for pages.HasMorePages() {
		must(pages.NextPage(ctx))
	}
	step("groups and lists")

	must(client.AdminCreateUser(ctx, &cognito.AdminCreateUserInput{
		UserPoolId:        pool.Id,
		Username:          aws.String("new@example.com"),
		TemporaryPassword: aws.String(temporary),
		MessageAction:     types.MessageActionTypeSuppress,
	}))
	forced := signIn("new@example.com", temporary)
	if forced.ChallengeName != types.ChallengeNameTypeNewPasswordRequired {
		log.Fatalf("the challenge is %q", forced.ChallengeName)
	}
	must(client.RespondToAuthChallenge(ctx, &cognito.RespondToAuthChallengeInput{
		ClientId:      app.ClientId,
		ChallengeName: forced.ChallengeName,
		Session:       forced.Session,
		ChallengeResponses: map[string]string{
			"USERNAME": "new@example.com", "NEW_PASSWORD": newPassword,
		},
	}))
	step("a new password in place of a temporary one")

	must(client.AdminDeleteUser(ctx, &cognito.AdminDeleteUserInput{UserPoolId: pool.Id, Username: aws.String(user)}))
	must(client.DeleteUserPoolClient(ctx, &cognito.DeleteUserPoolClientInput{
		UserPoolId: pool.Id, ClientId: app.ClientId,
	}))
	must(client.DeleteUserPool(ctx, &cognito.DeleteUserPoolInput{UserPoolId: pool.Id}))
	_, err = client.DescribeUserPool(ctx, &cognito.DescribeUserPoolInput{UserPoolId: pool.Id})
	var missing *types.ResourceNotFoundException
	if !errors.As(err, &missing) {
		log.Fatalf("a deleted pool answered %v", err)
	}
	step("delete")
}
