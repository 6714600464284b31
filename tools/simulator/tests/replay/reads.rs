//! What the Platform API says of agents, as facts.

use crate::agents::{Agents, status};
use crate::fold::parse_time;
use headroom_simulator::{Api, ApiOptions, ApiRequest, Archive};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A client without a rate limit, as of the end of a run.
pub(crate) struct Client {
    api: Api,
    token: String,
    now: i64,
}

impl Client {
    pub(crate) fn new(archive: &Archive) -> Self {
        let options = ApiOptions { limit_per_minute: u32::MAX, ..ApiOptions::default() };
        let mut api = Api::new(archive.clone(), options);
        let now = archive.end_ms().unwrap();
        let request = ApiRequest::token("Basic c2ltdWxhdGVkOnNpbXVsYXRlZA==".to_owned());
        let body: Value = serde_json::from_slice(&api.respond(&request, now).body).unwrap();
        let token = body["access_token"].as_str().unwrap().to_owned();
        Self { api, token, now }
    }

    fn ask(&mut self, request: &ApiRequest) -> Value {
        let response = self.api.respond(request, self.now);
        assert_eq!(response.status, 200);
        serde_json::from_slice(&response.body).unwrap()
    }

    fn get(&mut self, path: &str) -> Value {
        self.ask(&ApiRequest::get(path, &self.token.clone()))
    }

    fn post(&mut self, path: &str, body: &Value) -> Value {
        let body = body.to_string().into_bytes();
        self.ask(&ApiRequest::post(path, &self.token.clone(), body))
    }

    /// Adds the statuses that agents had, and the queues that they have now.
    pub(crate) fn read(&mut self, agents: &mut Agents) {
        self.read_statuses(agents);
        self.read_queues(agents);
        self.read_offices(agents);
    }

    fn read_statuses(&mut self, agents: &mut Agents) {
        const WEEK_MS: i64 = 7 * 86_400_000;
        let mut to = self.now + 1;
        // No run is longer than some weeks.
        for _ in 0..8 {
            for page in 1.. {
                let body = json!({
                    "interval": format!("{}/{}", iso(to - WEEK_MS), iso(to)),
                    "paging": { "pageSize": 100, "pageNumber": page },
                });
                let response = self.post("/api/v2/analytics/users/details/query", &body);
                let Some(users) = response["userDetails"].as_array() else { break };
                for user in users {
                    agents.add_statuses(user, self.now);
                }
            }
            to -= WEEK_MS;
        }
    }

    fn read_queues(&mut self, agents: &mut Agents) {
        let metrics = json!([{ "metric": "oMemberUsers", "details": true }]);
        let body = json!({ "metrics": metrics, "groupBy": ["queueId"] });
        let response = self.post("/api/v2/analytics/routing/activity/query", &body);
        let mut queues = BTreeMap::<String, [BTreeSet<String>; 2]>::new();
        for group in response["results"].as_array().unwrap() {
            assert_eq!(group["truncated"], false);
            for entity in group["entities"].as_array().unwrap() {
                let text = |key: &str| entity[key].as_str().unwrap().to_owned();
                let [members, joined] = queues.entry(text("userId")).or_default();
                members.insert(text("queueId"));
                if text("queueMembershipStatus") == "active" {
                    joined.insert(text("queueId"));
                }
            }
        }
        for (user, [members, joined]) in queues {
            let agent = agents.0.entry(user).or_default();
            agent.members.insert((self.now, members));
            agent.joined.insert((self.now, joined));
        }
    }

    fn read_offices(&mut self, agents: &mut Agents) {
        let users = self.get("/api/v2/users?pageSize=500&expand=outOfOffice");
        for user in users["entities"].as_array().unwrap() {
            let active = user["outOfOffice"]["active"].as_bool().unwrap();
            let agent = agents.0.entry(user["id"].as_str().unwrap().to_owned()).or_default();
            agent.out_of_office.insert((self.now, active));
        }
    }
}

impl Agents {
    fn add_statuses(&mut self, user: &Value, now: i64) {
        let agent = self.0.entry(user["userId"].as_str().unwrap().to_owned()).or_default();
        let time = |record: &Value| parse_time(record["startTime"].as_str().unwrap()).unwrap();
        for record in user["routingStatus"].as_array().unwrap() {
            let status = status(&record["routingStatus"]).unwrap();
            agent.routing[1].push((time(record), now, status));
        }
        for record in user["primaryPresence"].as_array().unwrap() {
            let organization = record["organizationPresenceId"].as_str().map(str::to_owned);
            let presence = (status(&record["systemPresence"]).unwrap(), organization);
            agent.presence[1].push((time(record), now, presence));
        }
    }
}

fn iso(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).unwrap().to_string()
}
